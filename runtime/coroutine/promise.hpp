#pragma once
#include <gyre/runtime/coroutine/errors.hpp>
#include <gyre/runtime/coroutine/future.hpp>
#include <gyre/runtime/coroutine/result_slot.hpp>

#include <exception>
#include <optional>
#include <utility>

namespace gyre {

namespace detail {

// What a promise and its futures share.
class promise_core : public future_core {
public:
    explicit promise_core(scheduler& s) noexcept : future_core(s) {}

    // Who waits gives up: the promise counts as done, and setting it is an error.
    bool request_cancel() noexcept override;
    int cancelling() const noexcept override { return state() == future_state::cancelled ? 1 : 0; }
    int uncancel() noexcept override { return cancelling(); }
    bool cancel_was_delivered() const noexcept override { return state() == future_state::cancelled; }

    void fail(std::exception_ptr error);
    void break_promise() noexcept;

protected:
    void require_unset(const char* what) const;
};

template <class T>
class promise_state final : public promise_core {
public:
    using promise_core::promise_core;
    void* value() noexcept override {
        if constexpr (std::is_void_v<T>)
            return nullptr;
        else
            return &*value_;
    }
    template <class... U>
    void set(U&&... value) {
        require_unset("set_value");
        value_.emplace(std::forward<U>(value)...);
        complete(future_state::done);
    }

private:
    std::optional<non_void<T>> value_;
};

// What promises of all types have.
// Thread: the loop's.
template <class T>
class promise_handle {
public:
    // Throws: invalid_state_error outside a running loop.
    promise_handle() : state_(new promise_state<T>(require_scheduler("a promise"))) {}
    promise_handle(promise_handle&&) noexcept = default;
    promise_handle& operator=(promise_handle&& other) noexcept {
        if (this != &other) {
            give_up();
            state_ = std::move(other.state_);
        }
        return *this;
    }
    ~promise_handle() { give_up(); }

    // As often as wanted. Throws: invalid_state_error when it was moved from.
    future<T> get_future() const { return future<T>(core_ref<future_core>(state())); }
    // Who waits goes on on a later tick.
    // Throws: invalid_state_error when done or cancelled already, or moved from; std::invalid_argument for null.
    void set_exception(std::exception_ptr error) { state()->fail(std::move(error)); }
    // Set, or cancelled by who waits.
    bool done() const noexcept { return state_ && state_->done(); }

protected:
    const core_ref<promise_state<T>>& state() const {
        if (!state_) throw invalid_state_error("gyre: this promise was moved from");
        return state_;
    }

private:
    void give_up() noexcept {
        if (state_) state_->break_promise();
    }
    core_ref<promise_state<T>> state_;
};

}  // namespace detail

// The giving end of a future, for bridging callbacks. Move-only.
// Destroyed unset, its future fails with broken_promise_error.
// Thread: the loop's.
template <class T = void>
class promise : public detail::promise_handle<T> {
public:
    // Who waits goes on on a later tick.
    // Throws: invalid_state_error when done or cancelled already, or moved from; what moving a T throws.
    void set_value(T value) { this->state()->set(std::move(value)); }
};
// The same without a value.
// Thread: the loop's.
template <>
class promise<void> : public detail::promise_handle<void> {
public:
    // Who waits goes on on a later tick. Throws: invalid_state_error when done or cancelled already, or moved from.
    void set_value() { this->state()->set(); }
};

}  // namespace gyre
