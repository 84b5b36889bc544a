#include <gyre/runtime/coroutine/exceptions.hpp>
#include <gyre/runtime/coroutine/promise.hpp>

namespace gyre::detail {

bool promise_core::request_cancel() noexcept {
    if (done()) return false;
    complete(future_state::cancelled);
    return true;
}

void promise_core::fail(std::exception_ptr error) {
    require_unset("set_exception");
    if (!error) throw_null_error("set_exception()");
    error_ = std::move(error);
    complete(future_state::done);
}

void promise_core::break_promise() noexcept {
    if (done()) return;
    // With no future left there is nobody to tell.
    if (sole_reference()) {
        complete(future_state::cancelled);
        return;
    }
    error_ = std::make_exception_ptr(broken_promise_error());
    retrieved_ = true;  // who gave the promise up knows
    complete(future_state::done);
}

void promise_core::require_unset(const char* what) const {
    owner().require_own_thread(what);
    if (!done()) return;
    throw invalid_state_error(std::string("gyre: ") + what + " on a promise that is " +
                              (state() == future_state::cancelled ? "cancelled by who waited for it" : "set already") +
                              "; ask done() before");
}

}  // namespace gyre::detail
