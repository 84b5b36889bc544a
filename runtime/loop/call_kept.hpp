#pragma once
#include <gyre/runtime/coroutine/frame_allocator.hpp>
#include <gyre/runtime/coroutine/task.hpp>

#include <coroutine>
#include <exception>
#include <functional>
#include <memory>
#include <source_location>
#include <tuple>
#include <type_traits>
#include <utility>

namespace gyre::detail {

// A callable with its arguments, and the task that the call gave, which may refer to them.
template <class Fn, class... Args>
class kept_call : public frame_allocated {
public:
    using result = std::invoke_result_t<Fn&, Args&...>;

    kept_call(Fn&& fn, Args&&... args) : fn_(std::move(fn)), args_(std::move(args)...) {
        try {
            work_ = std::apply([this](Args&... kept) { return std::invoke(fn_, kept...); }, args_);
        } catch (...) {
            error_ = std::current_exception();
        }
    }
    kept_call(const kept_call&) = delete;
    ~kept_call() { discard(work_); }

    // Empty when the call has failed, or has given an empty task.
    const result& work() const noexcept { return work_; }
    // Throws: what the call threw.
    result take_work() {
        if (error_) std::rethrow_exception(std::move(error_));
        return std::move(work_);
    }

private:
    Fn fn_;
    std::tuple<Args...> args_;
    result work_;
    std::exception_ptr error_;
};

// Awaits a task for a coroutine that is to be left out of stacks of awaits.
template <class T>
class await_unseen : public task<T>::awaiter {
public:
    explicit await_unseen(task<T>&& work) : task<T>::awaiter(std::move(work).operator co_await()) {}
    template <class Promise>
    std::coroutine_handle<> await_suspend(std::coroutine_handle<Promise> from) noexcept {
        from.promise().awaiting_ = std::source_location();
        return task<T>::awaiter::await_suspend(from);
    }
};

template <class T, class Call>
task<T> run_kept(std::unique_ptr<Call> call) {
    await_unseen<T> work(call->take_work());
    co_return co_await work;
}

// fn(args...), as a task that keeps them alive and goes by the name of the one that the call gave.
template <class Fn, class... Args>
auto call_kept(Fn fn, Args... args) {
    using call = kept_call<Fn, Args...>;
    auto kept = std::make_unique<call>(std::move(fn), std::move(args)...);
    const std::source_location function = kept->work() ? kept->work().created() : std::source_location();
    auto running = run_kept<typename call::result::value_type>(std::move(kept));
    if (function.line() != 0) running.stand_for(function);
    return running;
}

}  // namespace gyre::detail
