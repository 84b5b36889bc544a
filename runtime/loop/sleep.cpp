#include <gyre/runtime/loop/sleep.hpp>

#include <cstdio>

namespace gyre::detail {

constinit turn_of_others others_turn;

bool sleep_awaiter::begin() {
    loop_state& loop = loop_of(*branch_);
    const bool now = absolute_ ? until_ <= loop.now() : delay_ <= duration::zero();
    if (now)
        branch_->owner().push(*branch_);
    else
        loop.arm(*this, absolute_ ? until_ : loop.deadline_after(delay_));
    return true;
}

std::string sleep_awaiter::describe() const {
    if (!armed()) return "sleep";
    const loop_state& loop = loop_of(*branch_);
    const std::chrono::duration<double> left = deadline() - loop.now();
    char text[48];
    std::snprintf(text, sizeof text, "sleep, %.3g s to go", left.count());
    return text;
}

void sleep_awaiter::cancel() noexcept {
    stopped_ = true;
    // One of no length is in the ready queue already.
    if (!armed()) return;
    loop_of(*branch_).disarm(*this);
    branch_->wake();
}

}  // namespace gyre::detail
