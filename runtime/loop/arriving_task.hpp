#pragma once
#include <gyre/runtime/coroutine/context.hpp>
#include <gyre/runtime/coroutine/errors.hpp>
#include <gyre/runtime/coroutine/runnable.hpp>
#include <gyre/runtime/coroutine/task_state.hpp>

#include <exception>
#include <future>
#include <type_traits>
#include <utility>

namespace gyre::detail {

// A task on its way into a loop from another thread; then what hands its end to a std::future. The loop's once it is posted,
// and frees itself.
template <class T>
class arriving_task final : public runnable, public future_observer {
public:
    // Throws: invalid_state_error for an empty task.
    arriving_task(scheduler& loop, task<T>&& t) : loop_(loop), task_(std::move(t)) {
        if (!task_) throw_empty_task();
    }
    ~arriving_task() { gyre::detail::discard(task_); }

    std::future<T> get_future() { return result_.get_future(); }

private:
    void run() noexcept override {
        try {
            const context_scope scope(context_);
            state_ = make_branch(loop_, std::move(task_), "spawn_threadsafe()");
        } catch (...) {  // no memory for it
            return fail(std::current_exception());
        }
        state_->observe(*this);
        loop_.roots.push_back(*state_);
        state_->start();
    }
    void discard() noexcept override {
        fail(std::make_exception_ptr(invalid_state_error(
            "gyre: the event loop was closed before a task of spawn_threadsafe() could start; wait for its future before close()")));
    }
    void completed(future_core&) noexcept override {
        if (state_->state() == future_state::cancelled) return fail(std::make_exception_ptr(cancelled_error()));
        if (std::exception_ptr error = state_->take_error()) return fail(std::move(error));
        try {
            if constexpr (std::is_void_v<T>)
                result_.set_value();
            else
                result_.set_value(state_->take());
        } catch (...) {  // its move constructor's
            return fail(std::current_exception());
        }
        delete this;
    }
    void fail(std::exception_ptr error) noexcept {
        result_.set_exception(std::move(error));
        delete this;
    }

    scheduler& loop_;
    context context_ = copy_current_context();  // of who sent it
    task<T> task_;
    task_ref<T> state_;
    std::promise<T> result_;
};

}  // namespace gyre::detail
