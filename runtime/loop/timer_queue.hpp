#pragma once
#include <gyre/runtime/loop/timer_heap.hpp>

#include <array>
#include <cstddef>
#include <cstdint>

namespace gyre::detail {

// Timers in the order of their deadlines, linked through themselves.
class timer_lane {
public:
    timer* first() const noexcept { return first_; }
    timer* last() const noexcept { return last_; }
    // Not for one that is due before the last.
    void push_back(timer& t) noexcept;
    void remove(timer& t) noexcept;

private:
    timer* first_ = nullptr;
    timer* last_ = nullptr;
};

// Timers by deadline; equal deadlines fire in the order they were armed.
// Programs wait for few different lengths of time, and the deadlines of each length come in rising order: a lane takes such a
// row of timers, in constant time and without memory of its own. What fits into no lane goes into the heap.
class timer_queue {
public:
    using time_point = std::chrono::steady_clock::time_point;

    bool empty() const noexcept { return size_ == 0; }
    std::size_t size() const noexcept { return size_; }
    // Not for an empty one.
    time_point next_deadline() const noexcept { return first()->when_; }

    // Strong exception safety.
    void arm(timer& t, time_point when);
    // Nothing when it is not armed.
    void disarm(timer& t) noexcept {
        if (t.armed()) take_out(t);
    }
    // Fires every timer whose deadline is not after `now`.
    void fire(time_point now) noexcept;
    // Lets go of every timer.
    void abandon() noexcept;

private:
    timer_lane* lane_for(const timer& t);
    // Null when there is none.
    timer* first() const noexcept;
    void take_out(timer& t) noexcept;

    std::array<timer_lane, 4> lanes_;
    timer_heap heap_;
    std::size_t size_ = 0;
    std::uint64_t order_ = 0;
};

}  // namespace gyre::detail
