#include <gyre/runtime/combine/timeout.hpp>
#include <gyre/runtime/coroutine/errors.hpp>

namespace gyre {

timeout_scope::~timeout_scope() {
    if (armed()) detail::loop_of(parent()).disarm(*this);
}

void timeout_scope::arm() {
    detail::loop_state& loop = detail::loop_of(parent());
    loop.disarm(*this);
    if (when_) loop.arm_deadline(*this, *when_);
}

void timeout_scope::reschedule(std::optional<time_point> when) {
    if (expired_) throw invalid_state_error("gyre: this timeout has expired; reschedule it before its time comes");
    if (was_entered() && !is_running()) throw invalid_state_error("gyre: this timeout has ended; make another");
    when_ = when;
    if (is_running()) arm();
}

void timeout_scope::entered(detail::branch&) { arm(); }

void timeout_scope::fired() noexcept {
    expired_ = true;
    call_.ask_children();
}

void timeout_scope::all_ended() noexcept { detail::loop_of(parent()).disarm(*this); }

bool timeout_scope::leave(detail::branch& body) {
    const bool parent_cancelled = call_.take_parent_cancel();
    if (!expired_ || parent_cancelled || body.state() != future_state::cancelled) return true;
    if (parent().cancel_is_due()) parent().throw_cancelled();  // it came when the body had ended
    throw timeout_error("gyre: the time limit passed before the body of with(timeout) had ended");
}

timeout_scope timeout(time_span limit) { return timeout_scope(detail::require_loop("timeout()").deadline_after(limit)); }
timeout_scope timeout_at(time_point when) { return timeout_scope(when); }

}  // namespace gyre
