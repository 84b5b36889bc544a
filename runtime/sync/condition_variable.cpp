#include <gyre/runtime/coroutine/errors.hpp>
#include <gyre/runtime/sync/condition_variable.hpp>

namespace gyre {

void condition_variable::notify_one() {
    if (waiters_.empty()) return;
    home_.require_own_thread("condition_variable.notify_one()");
    static_cast<detail::condition_awaiter&>(waiters_.front()).lock_again();
}

void condition_variable::notify_all() {
    if (waiters_.empty()) return;
    home_.require_own_thread("condition_variable.notify_all()");
    while (!waiters_.empty()) static_cast<detail::condition_awaiter&>(waiters_.front()).lock_again();
}

namespace detail {

bool condition_awaiter::begin() {
    if (!guard_)
        throw invalid_state_error("gyre: condition_variable.wait() needs its mutex held: lock it, and pass the guard that holds it");
    mutex_ = guard_.owner();
    guard_.unlock();
    condition_.waiters_.push(*this);
    return false;
}

void condition_awaiter::lock_again() noexcept {
    unlink();
    locking_ = true;
    mutex_->lock_for(*this);
}

void condition_awaiter::cancel() noexcept {
    const bool in_line = linked();
    if (locking_ && in_line) return;
    stopped_ = true;
    if (in_line) return lock_again();
    // Its condition variable is gone, and perhaps the mutex with it.
    mutex_ = nullptr;
    grant();
}

void condition_awaiter::orphaned() noexcept {
    if (!locking_) return;
    mutex_ = nullptr;
    grant();
}

void condition_awaiter::await_resume() {
    if (mutex_ != nullptr) guard_ = mutex::guard(*mutex_);
    settle();
    if (mutex_ == nullptr)
        throw invalid_state_error("gyre: the mutex of a condition_variable.wait() was destroyed before it could be locked again");
}

}  // namespace detail
}  // namespace gyre
