#include <gyre/runtime/combine/cancel_scope.hpp>

namespace gyre {

cancel_scope::~cancel_scope() {
    if (armed()) detail::loop_of(parent()).disarm(*this);
}

void cancel_scope::arm() {
    detail::loop_state& loop = detail::loop_of(parent());
    loop.disarm(*this);
    if (deadline_ && !called_) loop.arm_deadline(*this, *deadline_);
}

void cancel_scope::cancel() noexcept {
    called_ = true;
    if (!is_running()) return;
    for (detail::branch& child : *call_.children()) child.level_cancel();
}

void cancel_scope::set_deadline(std::optional<time_point> when) {
    deadline_ = when;
    if (is_running()) arm();
}

void cancel_scope::set_shield(bool on) {
    shield_ = on;
    if (!on && is_running() && parent().cancel_is_due()) call_.cancel_children();
}

void cancel_scope::entered(detail::branch& body) {
    if (called_) body.level_cancel();
    arm();
}

void cancel_scope::cancelled_from_outside() noexcept {
    if (!shield_) call_.cancel_children();
}

void cancel_scope::all_ended() noexcept { detail::loop_of(parent()).disarm(*this); }

bool cancel_scope::leave(detail::branch& body) {
    if (body.state() != future_state::cancelled) {
        call_.take_parent_cancel();
        return true;
    }
    if (!shield_ && call_.take_parent_cancel()) return true;
    caught_ = called_;
    return !called_;
}

}  // namespace gyre
