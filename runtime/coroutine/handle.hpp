#pragma once
#include <gyre/runtime/coroutine/context.hpp>
#include <gyre/runtime/coroutine/future_core.hpp>

#include <functional>
#include <typeinfo>

namespace gyre {

namespace detail {

// A function that waits to be called by the loop, in the context of who made it.
class callback : public runnable, public frame_allocated {
public:
    callback(scheduler& s, std::function<void()>&& fn) : scheduler_(&s), fn_(std::move(fn)), context_(copy_current_context()) {}
    virtual ~callback() = default;

    void add_reference() noexcept { ++references_; }
    void release() noexcept {
        if (--references_ == 0) delete this;
    }

    // Into the ready queue, which holds a reference until it has run.
    void schedule() noexcept {
        add_reference();
        scheduler_->push(*this);
    }
    // A derived class takes the callback off its queue first: the function may own what holds the handle, and is destroyed last.
    virtual void cancel() noexcept {
        cancelled_ = true;
        drop_function();
    }
    bool cancelled() const noexcept { return cancelled_; }
    // Before it has run. For debug mode.
    const std::type_info& function_type() const noexcept { return fn_.target_type(); }

protected:
    // The function's destructor may come back to this callback, through a handle that it holds.
    void drop_function() noexcept { const std::function<void()> gone = std::exchange(fn_, nullptr); }

    scheduler* scheduler_;

private:
    void run() noexcept override;
    void discard() noexcept override {
        drop_function();
        release();
    }

    std::function<void()> fn_;
    context context_;
    std::uint32_t references_ = 1;
    bool cancelled_ = false;
};

}  // namespace detail

// Of call_soon, call_later, call_at and add_done_callback. Copyable; dropping it does not cancel.
// Thread: the loop's.
class handle {
public:
    handle() noexcept = default;
    explicit handle(detail::core_ref<detail::callback> callback) noexcept : callback_(std::move(callback)) {}

    // The function will not be called. Idempotent; nothing when it has run.
    void cancel() noexcept {
        if (callback_) callback_->cancel();
    }
    bool cancelled() const noexcept { return callback_ && callback_->cancelled(); }

private:
    detail::core_ref<detail::callback> callback_;
};

}  // namespace gyre
