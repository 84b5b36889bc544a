#include <gyre/runtime/combine/limits.hpp>
#include <gyre/runtime/combine/wait_for.hpp>
#include <gyre/runtime/coroutine/errors.hpp>

namespace gyre::detail {

bool limited_call::admit(branch& parent) noexcept {
    parent_ = &parent;
    stopped_ = parent.cancel_is_due();
    return !stopped_ && !never_start_;
}

void limited_call::settle(const branch* body) {
    if (stopped_) parent_->throw_cancelled();
    if (body != nullptr) {
        if (take_parent_cancel() && body->state() == future_state::cancelled) throw cancelled_error();
        if (body->state() != future_state::cancelled) return;
    }
    if (!expired() && !never_start_) return;
    if (parent_->cancel_is_due()) parent_->throw_cancelled();  // it came when the body had ended
    throw timeout_error("gyre: wait_for() reached its time limit of " + readable(limit_));
}

}  // namespace gyre::detail
