#include <gyre/http/detail/moving_deadline.hpp>

#include <gyre/runtime/loop/duration.hpp>

#include <chrono>

namespace gyre::http::detail {

time_point moving_deadline::after(time_point now, duration limit) noexcept {
    return limit > duration::zero() ? gyre::detail::saturated_sum(now, limit) : time_point::max();
}

void moving_deadline::expect_until(time_point when) {
    deadline_ = when;
    second_look_ = false;
    if (when >= armed_at_) return;
    loop_.disarm(*this);
    loop_.arm(*this, when);
    armed_at_ = when;
}

void moving_deadline::forget_deadline() noexcept {
    loop_.disarm(*this);
    deadline_ = armed_at_ = time_point::max();
}

void moving_deadline::fired() noexcept {
    armed_at_ = time_point::max();
    const time_point now = loop_.now();
    if (now < deadline_) {
        if (deadline_ != time_point::max()) expect_until(deadline_);
        return;
    }
    if (second_look_) return passed(now);
    // What was waited for may be there, and the loop has been too busy to look: it looks now.
    const time_point met = deadline_;
    expect_until(now + std::chrono::nanoseconds(1));
    deadline_ = met;
    second_look_ = true;
}

}  // namespace gyre::http::detail
