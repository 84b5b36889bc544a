#include <gyre/runtime/coroutine/errors.hpp>
#include <gyre/runtime/sync/mutex.hpp>

#include <string>

namespace gyre {

void detail::throw_not_held(const char* what) {
    throw invalid_state_error(
        std::string("gyre: ") + what +
        ": nothing is held here; it was released or moved from before. Test it with `if (guard)` where that may be so");
}

void mutex::hand_over() {
    home_.require_own_thread("unlocking a mutex");
    detail::waiter& next = waiters_.front();
    holder_ = next.waiting_branch().number();
    next.grant();
}

void mutex::lock_for_caller() noexcept {
    if (detail::branch* const caller = detail::running_branch()) return lock_now(*caller);
    loop_ = nullptr;
    holder_ = unknown;
}

void mutex::lock_for(detail::waiter& w) noexcept {
    if (locked()) {
        home_.adopt(w);
        return waiters_.push(w);
    }
    lock_now(w.waiting_branch());
    w.grant();
}

void mutex::report_locked() const noexcept {
    detail::scheduler* const here = detail::current_scheduler();
    if (here == nullptr || !here->debug()) return;
    try {
        here->report("a mutex was destroyed while it is locked; let it outlive every guard of it", nullptr, nullptr);
    } catch (...) {  // no memory for the report
    }
}

}  // namespace gyre
