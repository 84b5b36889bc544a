#pragma once
#include <gyre/runtime/coroutine/branch.hpp>
#include <gyre/runtime/coroutine/suspension.hpp>
#include <gyre/runtime/system/thread_channel_core.hpp>

#include <coroutine>
#include <memory>
#include <utility>

namespace gyre::detail {

// The awaiter of both ends of a channel between threads. `Derived` gives bool begin(core&), which does the operation at once and
// gives true, or leaves *this in line, and await_resume(), which begins with settle().
template <class Derived, class T>
class thread_channel_awaiter : public suspension, public item_waiter<T> {
public:
    using core_ptr = std::shared_ptr<thread_channel_core<T>>;

    bool await_ready() const noexcept { return false; }
    template <class Promise>
    bool await_suspend(std::coroutine_handle<Promise> h) {
        branch& task = branch_of(h);
        this->task_ = &task;
        stopped_ = task.cancel_is_due();
        if (stopped_) return false;
        if (core_ == nullptr)
            this->refuse_at_once();
        else if (!static_cast<Derived&>(*this).begin(*core_)) {
            task.suspend(h, *this);
            return true;
        }
        return task.finish_now(h);
    }
    void cancel() noexcept override {
        if (!core_->withdraw(*this)) return;
        stopped_ = true;
        this->task_->wake();
    }

protected:
    explicit thread_channel_awaiter(core_ptr core) noexcept : core_(std::move(core)) {}
    // It moves before it begins, if ever.
    thread_channel_awaiter(thread_channel_awaiter&& other) noexcept : core_(std::move(other.core_)) { this->item = std::move(other.item); }
    ~thread_channel_awaiter() = default;

    // Throws when a cancel ended the wait. False when it was refused.
    bool settle() {
        if (stopped_) this->task_->throw_cancelled();
        return !this->refused();
    }

private:
    core_ptr core_;
    bool stopped_ = false;
};

}  // namespace gyre::detail
