#pragma once
#include <gyre/runtime/coroutine/any_future.hpp>
#include <gyre/runtime/coroutine/branch.hpp>

#include <concepts>
#include <coroutine>
#include <functional>
#include <type_traits>
#include <utility>

namespace gyre {

namespace detail {

void refuse_unless_awaitable(const future_core& source, const branch& waiting);
// What a branch may not await: throws invalid_state_error for a future of another loop, and for the task that the branch is a part of.
inline void require_awaitable(const future_core& source, const branch& waiting) {
    if (&source.owner() != &waiting.owner() || &source == &waiting || waiting.is_body()) [[unlikely]]
        refuse_unless_awaitable(source, waiting);
}

// Adds it unless it is a promise's.
void add_task(std::vector<branch*>& tasks, future_core& source);

// A branch that waits for a future to end, whatever its type.
class future_wait : public suspension, public future_observer {
public:
    explicit future_wait(core_ref<future_core> source) noexcept : source_(std::move(source)) {}
    future_wait(future_wait&& other) noexcept : source_(std::move(other.source_)) {}

    bool await_ready() const noexcept { return false; }
    template <class Promise>
    bool await_suspend(std::coroutine_handle<Promise> h) {
        branch_ = &branch_of(h);
        if ((!source_->done() || &source_->owner() != &branch_->owner() || branch_->cancel_is_due()) && begin()) {
            branch_->suspend(h, *this);
            return true;
        }
        return !branch_->cancel_is_due() && branch_->finish_now(h);
    }

    // Asyncio's rule: a cancel of who awaits is a cancel of what is awaited.
    void cancel() noexcept override {
        forwarded_ = true;
        source_->request_cancel();
    }
    bool cut() noexcept override {
        interrupted_ = true;
        unlink();
        branch_->wake();
        return true;
    }
    std::string_view what() const noexcept override { return "future"; }
    std::string describe() const override;
    void add_awaited(std::vector<branch*>& tasks) override { add_task(tasks, *source_); }
    void completed(future_core&) noexcept override { branch_->wake(); }

protected:
    // Throws a cancel that ended this await.
    void settle() {
        if (interrupted_ || forwarded_) [[unlikely]]
            settle_cancel();
    }
    future_core& source() const noexcept { return *source_; }

private:
    // Starts to wait. False when there is nothing to wait for. Throws invalid_state_error for misuse.
    bool begin();
    void settle_cancel();

    core_ref<future_core> source_;
    branch* branch_ = nullptr;
    bool interrupted_ = false;
    bool forwarded_ = false;
};

template <class T>
class future_awaiter_copy : public future_wait {
public:
    using future_wait::future_wait;
    const T& await_resume() {
        settle();
        source().throw_unless_value();
        return *static_cast<std::add_pointer_t<const T>>(source().value());
    }
};
template <class T>
class future_awaiter_move : public future_wait {
public:
    using future_wait::future_wait;
    T await_resume() {
        settle();
        return take_value<T>(source());
    }
};
class future_awaiter_void : public future_wait {
public:
    using future_wait::future_wait;
    void await_resume() {
        settle();
        source().throw_unless_value();
    }
};

}  // namespace detail

// The result of a spawned task or of a promise; see any_future. Several tasks may await one, which gives the result.
// Cancel: of who awaits it cancels the future too, as in asyncio, and waits for its end; lossless, a result that it ends with all the
// same is given. shield() is the way out.
// Thread: the loop's.
// Throws from co_await: the task's error; cancelled_error when it was cancelled; invalid_state_error for a task that awaits itself,
// a future of another loop, or an empty handle.
template <class T = void>
class future : public any_future {
public:
    using value_type = T;
    using any_future::any_future;

    // The result of one that is done; the reference is good as long as a handle is there.
    // Throws: invalid_state_error when not done, or for an empty handle; cancelled_error; the task's own error.
    const T& result() const {
        core().throw_unless_value();
        return *static_cast<std::add_pointer_t<const T>>(core().value());
    }

    // Calls fn(*this) on a later tick, in the order added, once; also when done already. Dropped when the loop closes first.
    // Throws: invalid_state_error when the loop is closed, or for an empty handle.
    handle add_done_callback(std::function<void(const future&)> fn) {
        return call_when_done([self = *this, fn = std::move(fn)] { fn(self); });
    }

    auto operator co_await() const& { return detail::future_awaiter_copy<T>(detail::core_ref<detail::future_core>::share(core())); }
    // Moves the result out of the last handle, or of one that cannot be copied; else copies it. A class with a container of what can only
    // be moved has to declare its move constructor, or a copy of it is asked for that does not compile.
    auto operator co_await() && {
        core();
        return detail::future_awaiter_move<T>(std::move(*this).take_core());
    }
};

// The same without a value.
// Cancel, Thread, Throws: as future.
template <>
class future<void> : public any_future {
public:
    using value_type = void;
    using any_future::any_future;

    void result() const { core().throw_unless_value(); }

    handle add_done_callback(std::function<void(const future&)> fn) {
        return call_when_done([self = *this, fn = std::move(fn)] { fn(self); });
    }

    auto operator co_await() const { return detail::future_awaiter_void(detail::core_ref<detail::future_core>::share(core())); }
};

}  // namespace gyre
