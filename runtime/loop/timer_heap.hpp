#pragma once
#include <gyre/runtime/loop/timer.hpp>

#include <cstddef>
#include <cstdint>
#include <vector>

namespace gyre::detail {

// Timers in any order: a 4-ary heap whose keys lie in one array, so that sifting touches no timer but to tell it its slot.
class timer_heap {
public:
    bool empty() const noexcept { return slots_.empty(); }
    timer& first() const noexcept { return *slots_.front().what; }

    // Logarithmic; constant when the deadline is later than the others'. Strong exception safety.
    void push(timer& t);
    void remove(timer& t) noexcept;

private:
    struct slot {
        std::chrono::steady_clock::time_point when;
        std::uint64_t order;
        timer* what;
        bool before(const slot& other) const noexcept { return when < other.when || (when == other.when && order < other.order); }
    };
    void put(std::size_t at, const slot& s) noexcept {
        slots_[at] = s;
        s.what->place_ = at;
    }
    void sift_up(std::size_t at, slot s) noexcept;
    void sift_down(std::size_t at, slot s) noexcept;

    std::vector<slot> slots_;
};

}  // namespace gyre::detail
