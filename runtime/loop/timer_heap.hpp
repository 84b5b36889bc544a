#pragma once
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <vector>

namespace gyre::detail {

// Something that happens at a time. Lives in the awaiter, so arming it allocates nothing but the heap's own slot.
class timer {
public:
    timer() noexcept = default;
    timer(const timer&) noexcept {}  // a copy is not armed
    timer& operator=(const timer&) = delete;

    // Its time has come; it is out of the heap. Only wakes somebody.
    virtual void fired() noexcept = 0;
    // The loop closes first.
    virtual void abandoned() noexcept {}

    bool armed() const noexcept { return slot_ != not_armed; }

protected:
    ~timer() = default;

private:
    friend class timer_heap;
    static constexpr std::size_t not_armed = static_cast<std::size_t>(-1);
    std::size_t slot_ = not_armed;
};

// Timers by deadline; equal deadlines fire in the order they were armed. A 4-ary heap whose keys lie in one array, so that
// sifting touches no timer but to tell it its slot.
class timer_heap {
public:
    using time_point = std::chrono::steady_clock::time_point;

    bool empty() const noexcept { return slots_.empty(); }
    std::size_t size() const noexcept { return slots_.size(); }
    time_point next_deadline() const noexcept { return slots_.front().when; }
    // Of one that is armed.
    time_point deadline_of(const timer& t) const noexcept { return slots_[t.slot_].when; }

    // Logarithmic; constant when the deadline is later than the others'. Strong exception safety.
    void arm(timer& t, time_point when);
    // Nothing when it is not armed.
    void disarm(timer& t) noexcept;
    // Fires every timer whose deadline is not after `now`; gives how many.
    std::size_t fire(time_point now) noexcept;
    // Lets go of every timer.
    void abandon() noexcept;

private:
    struct slot {
        time_point when;
        std::uint64_t order;
        timer* what;
        bool before(const slot& other) const noexcept { return when < other.when || (when == other.when && order < other.order); }
    };
    void put(std::size_t at, const slot& s) noexcept {
        slots_[at] = s;
        s.what->slot_ = at;
    }
    void sift_up(std::size_t at, slot s) noexcept;
    void sift_down(std::size_t at, slot s) noexcept;
    void remove(std::size_t at) noexcept;

    std::vector<slot> slots_;
    std::uint64_t order_ = 0;
};

}  // namespace gyre::detail
