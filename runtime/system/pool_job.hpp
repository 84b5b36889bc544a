#pragma once
#include <gyre/runtime/coroutine/context.hpp>
#include <gyre/runtime/coroutine/intrusive_list.hpp>
#include <gyre/runtime/coroutine/result_slot.hpp>
#include <gyre/runtime/coroutine/startable.hpp>

#include <exception>
#include <functional>
#include <memory>
#include <string_view>
#include <tuple>
#include <type_traits>
#include <utility>

namespace gyre::detail {

class worker_pool;

// A call that a task has made in a thread of a pool, and waits for. The record lives in the task's frame, so a call allocates
// nothing.
//
// It belongs to the pool's queue until a thread takes it, to that thread until it hands the task back to its loop, and is then
// done. A cancel takes it out of the queue; later it changes nothing, and the call's end is delivered.
class pool_job : public startable<pool_job>, public list_hook<> {
public:
    void cancel() noexcept override;
    std::string_view what() const noexcept override { return what_; }

    // --- of the pool
    // In a thread of the pool; out of the queue.
    void perform() noexcept {
        {
            const context_scope scope(context_);
            call();
        }
        hand_back();
    }
    // It will never run: the pool is gone.
    void refuse() noexcept {
        refused_ = true;
        hand_back();
    }

protected:
    pool_job(std::shared_ptr<worker_pool> pool, std::string_view what) noexcept : pool_(std::move(pool)), what_(what) {}
    // It moves before it begins, if ever.
    pool_job(pool_job&& other) noexcept : pool_(std::move(other.pool_)), what_(other.what_) {}
    ~pool_job() = default;

    // In the task again. Throws: cancelled_error when the call never ran.
    void settle();

private:
    friend class startable<pool_job>;
    virtual void call() noexcept = 0;
    // Throws: std::system_error when no thread can be had, invalid_state_error when the pool is gone.
    bool begin();
    // Nothing of this object may be used after it.
    void hand_back() noexcept;

    std::shared_ptr<worker_pool> pool_;
    std::string_view what_;
    context context_;  // of the task; what the call sets stays the call's
    bool refused_ = false;
};

// A function with its arguments, kept for one call elsewhere. What it holds is destroyed by the awaiting task, in the loop's
// thread: it may hold handles of the loop's.
template <class Fn, class... Args>
class pool_call final : public pool_job {
    using T = std::invoke_result_t<Fn, Args...>;

public:
    template <class F, class... A>
    pool_call(std::shared_ptr<worker_pool> pool, std::string_view what, F&& fn, A&&... args)
        : pool_job(std::move(pool), what), parts_(std::forward<F>(fn), std::forward<A>(args)...) {}

    T await_resume() {
        settle();
        return result_.take();
    }

private:
    void call() noexcept override {
        const auto invoke = [](Fn& fn, Args&... args) -> decltype(auto) { return std::invoke(std::move(fn), std::move(args)...); };
        try {
            if constexpr (std::is_void_v<T>) {
                std::apply(invoke, parts_);
            } else if constexpr (std::is_reference_v<T>) {
                auto&& result = std::apply(invoke, parts_);
                result_.value = std::addressof(result);
            } else {
                result_.value.emplace(std::apply(invoke, parts_));
            }
        } catch (...) {
            result_.error = std::current_exception();
        }
    }

    std::tuple<Fn, Args...> parts_;
    result_slot<T> result_;
};

}  // namespace gyre::detail
