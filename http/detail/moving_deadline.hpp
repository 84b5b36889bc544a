#pragma once

#include <gyre/runtime/loop/loop_state.hpp>

namespace gyre::http::detail {

// A deadline that changes with every message and hardly ever passes. One timer serves it: armed once, it stays armed while
// deadlines come and go behind it, and looks at the deadline when it fires.
class moving_deadline : private gyre::detail::timer {
public:
    moving_deadline(const moving_deadline&) = delete;
    moving_deadline& operator=(const moving_deadline&) = delete;

protected:
    explicit moving_deadline(gyre::detail::loop_state& loop) noexcept : loop_(loop) {}
    // The loop may be gone already when nothing is armed.
    ~moving_deadline() {
        if (armed()) loop_.disarm(*this);
    }

    // In force from now on, instead of the one before; the latest time there is: none.
    void expect_until(time_point when);
    time_point deadline() const noexcept { return deadline_; }
    // The deadline that is `limit` after `now`; none when the limit is zero, or beyond what the clock can tell.
    static time_point after(time_point now, duration limit) noexcept;
    void forget_deadline() noexcept;

    // It has passed, and the kernel was asked once more meanwhile. Called once for each expect_until().
    virtual void passed(time_point now) noexcept = 0;

    gyre::detail::loop_state& loop() const noexcept { return loop_; }

private:
    void fired() noexcept final;

    gyre::detail::loop_state& loop_;
    time_point deadline_ = time_point::max();
    time_point armed_at_ = time_point::max();  // when the timer fires
    bool second_look_ = false;
};

}  // namespace gyre::http::detail
