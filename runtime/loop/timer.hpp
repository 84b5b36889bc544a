#pragma once
#include <gyre/runtime/coroutine/chrono.hpp>

#include <cstddef>
#include <cstdint>

namespace gyre::detail {

// Something that happens at a time. Lives in the awaiter, so arming it allocates nothing.
class timer {
public:
    timer() noexcept = default;
    timer(const timer&) noexcept {}  // a copy is not armed
    timer& operator=(const timer&) = delete;

    // Its time has come; it is armed no more. Only wakes somebody.
    virtual void fired() noexcept = 0;
    // The loop closes first.
    virtual void abandoned() noexcept {}

    bool armed() const noexcept { return place_ != not_armed; }
    // Only while it is armed.
    std::chrono::steady_clock::time_point deadline() const noexcept { return when_; }

protected:
    ~timer() = default;

private:
    friend class timer_heap;
    friend class timer_queue;
    friend class timer_lane;

    static constexpr std::size_t not_armed = static_cast<std::size_t>(-1);
    static constexpr std::size_t first_lane = not_armed / 2;

    // Equal deadlines: who was armed first.
    bool before(const timer& other) const noexcept { return when_ < other.when_ || (when_ == other.when_ && order_ < other.order_); }

    std::size_t place_ = not_armed;  // its slot in the heap, or from first_lane on its lane
    timer* earlier_ = nullptr;       // its neighbours there
    timer* later_ = nullptr;
    std::chrono::steady_clock::time_point when_;
    std::uint64_t order_ = 0;
};

}  // namespace gyre::detail
