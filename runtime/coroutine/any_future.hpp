#pragma once
#include <gyre/runtime/coroutine/future_core.hpp>
#include <gyre/runtime/coroutine/handle.hpp>

#include <exception>
#include <functional>
#include <string>

namespace gyre {

// A handle to a task or a promise's result, without its type. Copyable; dropping the last one does not end the task. An empty one is
// pending for ever: what asks it something says so (false, 0, an empty name), cancel() and set_name() do nothing, and what needs a
// result throws invalid_state_error.
// Thread: the loop's; in debug mode cancel() and add_done_callback() throw invalid_state_error in another one while it runs.
class any_future {
public:
    any_future() noexcept = default;
    explicit any_future(detail::core_ref<detail::future_core> core) noexcept : core_(std::move(core)) {}

    // False for an empty handle.
    explicit operator bool() const noexcept { return static_cast<bool>(core_); }

    future_state state() const noexcept { return core_ ? core_->state() : future_state::pending; }
    // Ended in any way, cancelled too.
    bool done() const noexcept { return core_ && core_->done(); }
    bool cancelled() const noexcept { return core_ && core_->state() == future_state::cancelled; }

    // Asks it to stop: cancelled_error is thrown out of its current await, or of the next. A task that has not started
    // never runs. False when it has ended already.
    // Throws: in debug mode, invalid_state_error in another thread than the one that the loop runs in; else nothing.
    bool cancel() {
        if (!core_) return false;
        core_->owner().require_own_thread("future.cancel()");
        return core_->request_cancel();
    }
    // The number of requests that were not taken back.
    int cancelling() const noexcept { return core_ ? core_->cancelling() : 0; }
    // Takes one request back; gives the number that is left. At 0 a request that is not yet delivered is dropped. Throws: nothing.
    int uncancel() { return core_ ? core_->uncancel() : 0; }

    // Null when it ended without an error.
    // Throws: invalid_state_error when not done, or for an empty handle; cancelled_error when cancelled.
    std::exception_ptr exception() const;

    // The name given at spawn, else the coroutine's function. Throws: std::bad_alloc.
    std::string name() const { return core_ ? core_->name() : std::string(); }
    void set_name(std::string name) {
        if (core_) core_->set_name(std::move(name));
    }

    friend bool operator==(const any_future& a, const any_future& b) noexcept { return a.core_.get() == b.core_.get(); }

    // For the library. Throws invalid_state_error for an empty handle.
    detail::future_core& core() const;

    // For the library: gives the handle away; null for an empty one.
    detail::core_ref<detail::future_core> take_core() && noexcept { return std::move(core_); }

protected:
    // Calls fn on a later tick, once it is done; never when the loop closes first, which drops fn. Throws: invalid_state_error when it is
    // closed.
    handle call_when_done(std::function<void()> fn) const;

private:
    detail::core_ref<detail::future_core> core_;
};

}  // namespace gyre
