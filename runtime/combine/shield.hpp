#pragma once
#include <gyre/runtime/coroutine/future.hpp>
#include <gyre/runtime/loop/spawn.hpp>

#include <utility>

namespace gyre {

namespace detail {

class shield_wait : public suspension, public future_observer {
public:
    explicit shield_wait(core_ref<future_core> source) noexcept : source_(std::move(source)) {}
    shield_wait(shield_wait&& other) noexcept : source_(std::move(other.source_)) {}

    bool await_ready() const noexcept { return false; }
    template <class Promise>
    bool await_suspend(std::coroutine_handle<Promise> h) {
        branch_ = &branch_of(h);
        require_awaitable(*source_, *branch_);
        stopped_ = branch_->cancel_is_due();
        if (stopped_) return false;
        if (source_->done()) return branch_->finish_now(h);
        source_->observe(*this);
        branch_->suspend(h, *this);
        return true;
    }
    void cancel() noexcept override {
        stopped_ = true;
        unlink();
        branch_->wake();
    }
    std::string_view what() const noexcept override { return "shield()"; }
    void add_awaited(std::vector<branch*>& tasks) override { add_task(tasks, *source_); }
    void completed(future_core&) noexcept override { branch_->wake(); }

protected:
    future_core& settle() {
        if (stopped_) branch_->throw_cancelled();
        return *source_;
    }

private:
    core_ref<future_core> source_;
    branch* branch_ = nullptr;
    bool stopped_ = false;
};

template <class T>
class shield_awaiter final : public shield_wait {
public:
    using shield_wait::shield_wait;
    T await_resume() { return take_value<T>(settle()); }
};

}  // namespace detail

// Awaits a future without cancelling it.
// Cancel: at once, nothing is lost: the future runs on; its error then goes to the loop's exception handler if nobody else asks for it.
// Thread: a loop's. Throws: the future's error; cancelled_error, also when the future itself was cancelled; invalid_state_error for an
// empty handle or task, or a future of another loop.
template <class T>
detail::shield_awaiter<T> shield(future<T> f) {
    f.core();
    return detail::shield_awaiter<T>(std::move(f).take_core());
}
// Spawns the task, and awaits it so.
template <class T>
detail::shield_awaiter<T> shield(task<T> t) {
    return shield(spawn(std::move(t)));
}

}  // namespace gyre
