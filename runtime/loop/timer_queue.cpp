#include <gyre/runtime/loop/timer_queue.hpp>

namespace gyre::detail {

void timer_lane::push_back(timer& t) noexcept {
    t.earlier_ = last_;
    t.later_ = nullptr;
    (last_ == nullptr ? first_ : last_->later_) = &t;
    last_ = &t;
}

void timer_lane::remove(timer& t) noexcept {
    (t.earlier_ == nullptr ? first_ : t.earlier_->later_) = t.later_;
    (t.later_ == nullptr ? last_ : t.later_->earlier_) = t.earlier_;
}

void timer_queue::arm(timer& t, time_point when) {
    t.when_ = when;
    t.order_ = order_++;
    if (timer_lane* fitting = lane_for(t)) {
        fitting->push_back(t);
        t.place_ = timer::first_lane + static_cast<std::size_t>(fitting - lanes_.data());
    } else {
        heap_.push(t);
    }
    ++size_;
}

// The one that the timer leaves the least gap in, else an empty one. A single timer, perhaps of a long wait, does not keep a
// lane from a row of shorter ones.
timer_lane* timer_queue::lane_for(const timer& t) {
    timer_lane* best = nullptr;
    timer_lane* free = nullptr;
    for (timer_lane& lane : lanes_) {
        if (lane.last() == nullptr)
            free = &lane;
        else if (!t.before(*lane.last()) && (best == nullptr || best->last()->before(*lane.last())))
            best = &lane;
    }
    if (best != nullptr) return best;
    if (free != nullptr) return free;
    for (timer_lane& lane : lanes_) {
        if (lane.first() != lane.last()) continue;
        timer& single = *lane.first();
        heap_.push(single);
        lane.remove(single);
        return &lane;
    }
    return nullptr;
}

timer* timer_queue::first() const noexcept {
    timer* found = heap_.empty() ? nullptr : &heap_.first();
    for (const timer_lane& lane : lanes_)
        if (lane.first() != nullptr && (found == nullptr || lane.first()->before(*found))) found = lane.first();
    return found;
}

void timer_queue::take_out(timer& t) noexcept {
    --size_;
    if (t.place_ < timer::first_lane) return heap_.remove(t);
    lanes_[t.place_ - timer::first_lane].remove(t);
    t.place_ = timer::not_armed;
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
