#pragma once
#include <gyre/runtime/combine/body_call.hpp>
#include <gyre/runtime/coroutine/task_state.hpp>

#include <coroutine>
#include <string_view>
#include <utility>

namespace gyre::detail {

// A group's own cancel() has ended a body that was to give a value.
[[noreturn]] void throw_ended_without_result();

// The base of the scopes that follow rules of their own under `with`: timeouts, cancel scopes, task groups. A scope is used
// once: entered, left, then looked at.
class scope {
public:
    scope(const scope&) = delete;
    scope& operator=(const scope&) = delete;

    // Runs the body under the scope; see `with`.
    template <class T>
    class run_body;

protected:
    explicit scope(std::string_view what) noexcept : call_(*this, what) {}
    ~scope() = default;

    // The body is about to start.
    virtual void entered(branch& body) = 0;
    // The parent was cancelled while the body runs.
    virtual void cancelled_from_outside() noexcept { call_.cancel_children(); }
    // A child has ended: the body, or another that the scope adopted. True when the others are to be stopped.
    virtual bool child_ended(branch&) noexcept { return false; }
    // Every child has ended; the parent is about to go on.
    virtual void all_ended() noexcept {}
    // The parent goes on. Throws what the scope makes of the end; true for "as the body ended", false for "the body's
    // cancellation is dealt with".
    virtual bool leave(branch& body) = 0;

    bool was_entered() const noexcept { return call_.parent() != nullptr; }
    bool is_running() const noexcept { return was_entered() && !call_.children()->empty(); }
    branch& parent() const noexcept { return *call_.parent(); }

    class calling final : public body_call {
    public:
        calling(scope& owner, std::string_view what) noexcept : body_call(what), owner_(owner) {}
        using body_call::adopt;
        using body_call::ask_children;
        using body_call::cancel_children;
        using body_call::enter;
        using body_call::stop;
        using body_call::stopping;
        using body_call::take_parent_cancel;
        void begin(branch& parent);
        void cancel() noexcept override { owner_.cancelled_from_outside(); }

    private:
        bool child_ended(branch& child) noexcept override {
            const bool stop_others = owner_.child_ended(child);
            body_call::child_ended(child);
            return stop_others;
        }
        void all_done() noexcept override {
            owner_.all_ended();
            body_call::all_done();
        }
        scope& owner_;
    };
    mutable calling call_;
};

template <class T>
class scope::run_body {
public:
    run_body(scope& s, task<T> body) noexcept : scope_(s), task_(std::move(body)) {}

    bool await_ready() const noexcept { return false; }
    template <class Promise>
    void await_suspend(std::coroutine_handle<Promise> h) {
        branch& parent = branch_of(h);
        scope_.call_.begin(parent);
        body_ = make_branch(parent.owner(), std::move(task_), "with()", &scope_.call_, true);
        scope_.entered(*body_);
        scope_.call_.enter(h, *body_);
    }
    // The body's state when it has a result; null when the scope has dealt with its cancellation.
    // Throws: what the scope or the body throws.
    task_ref<T> await_resume() {
        if (!scope_.leave(*body_)) return task_ref<T>();
        body_->throw_unless_value();
        return std::move(body_);
    }

private:
    scope& scope_;
    task<T> task_;
    task_ref<T> body_;
};

}  // namespace gyre::detail
