#include <gyre/runtime/loop/timer_queue.hpp>

namespace gyre::detail {

void timer_queue::arm(timer& t, time_point when) {
    t.when_ = when;
    t.order_ = order_++;
    if (lane* fitting = lane_for(t)) {
        fitting->push_back(t);
        t.place_ = timer::in_lane;
    } else {
        heap_.push(t);
    }
    ++size_;
}

// The one that the timer leaves the least gap in, else an empty one. A single timer, perhaps of a long wait, does not keep a
// lane from a row of shorter ones.
timer_queue::lane* timer_queue::lane_for(const timer& t) {
    lane* best = nullptr;
    lane* free = nullptr;
    for (lane& l : lanes_) {
        if (l.empty())
            free = &l;
        else if (!t.before(l.back()) && (best == nullptr || best->back().before(l.back())))
            best = &l;
    }
    if (best != nullptr || free != nullptr) return best != nullptr ? best : free;
    for (lane& l : lanes_) {
        if (&l.front() != &l.back()) continue;
        heap_.push(l.front());
        l.pop_front();
        return &l;
    }
    return nullptr;
}

timer* timer_queue::first() noexcept {
    timer* found = heap_.empty() ? nullptr : &heap_.first();
    for (lane& l : lanes_)
        if (!l.empty() && (found == nullptr || l.front().before(*found))) found = &l.front();
    return found;
}

void timer_queue::take_out(timer& t) noexcept {
    --size_;
    if (t.place_ != timer::in_lane) return heap_.remove(t);
    t.place_ = timer::not_armed;
    t.unlink();
}

void timer_queue::fire(time_point now) noexcept {
    for (timer* due = first(); due != nullptr && due->when_ <= now; due = first()) {
        take_out(*due);
        due->fired();
    }
}

void timer_queue::abandon() noexcept {
    while (timer* left = first()) {
        take_out(*left);
        left->abandoned();
    }
}

}  // namespace gyre::detail
