#include <gyre/runtime/combine/limits.hpp>
#include <gyre/runtime/combine/wait_for.hpp>
#include <gyre/runtime/coroutine/errors.hpp>

namespace gyre::detail {

bool limited_call::admit(branch& parent) noexcept {
    parent_ = &parent;
    stopped_ = parent.cancel_is_due();
    expired_ = never_start_;
    return !stopped_ && !expired_;
}

void limited_call::arm() { loop_of(*parent_).arm(*this, loop_of(*parent_).deadline_after(limit_)); }

void limited_call::fired() noexcept {
    expired_ = true;
    ask_children();
}

void limited_call::all_done() noexcept {
    loop_of(*parent_).disarm(*this);
    parent_->wake();
}

void limited_call::settle(const branch* body) {
    if (stopped_) parent_->throw_cancelled();
    if (body != nullptr) {
        if (take_parent_cancel() && body->state() == future_state::cancelled) throw cancelled_error();
        if (body->state() != future_state::cancelled) return;
    }
    if (!expired_) return;
    if (parent_->cancel_is_due()) parent_->throw_cancelled();  // it came when the body had ended
    throw timeout_error("gyre: wait_for() reached its time limit of " + readable(limit_));
}

}  // namespace gyre::detail
