#include <gyre/runtime/coroutine/await_place.hpp>
#include <gyre/runtime/coroutine/branch.hpp>
#include <gyre/runtime/coroutine/debug_report.hpp>
#include <gyre/runtime/coroutine/errors.hpp>
#include <gyre/runtime/coroutine/exceptions.hpp>
#include <gyre/runtime/coroutine/join.hpp>

#include <algorithm>

namespace gyre::detail {

std::string suspension::describe() const { return std::string(what()); }

std::exception_ptr promise_base::catch_error() const noexcept {
    std::exception_ptr error = std::current_exception();
    branch_->owner().note_error(*this, error);
    return error;
}

branch::branch(scheduler& s, std::coroutine_handle<> root, promise_base& promise, join* parent, bool is_body) noexcept
    : future_core(s), root_(root), resume_at_(root), leaf_(&promise), join_(parent), created_(promise.created_), is_body_(is_body) {
    promise.branch_ = this;
    if (contexts_in_use.load(std::memory_order_relaxed)) [[unlikely]]
        context_ = is_body ? current_context().alias() : current_context().copy();
}

void branch::start_now() noexcept {
    add_reference();
    branch* const outer = scheduler_->running_;
    run();
    scheduler_->running_ = outer;
    // It runs on the budget of the step around it. Where it has used that up, the next await there is one hop too many.
    if (scheduler_->hops_ == 0) scheduler_->hops_ = 1;
}

void branch::run() noexcept {
    if (state_ == future_state::pending) {
        // A body is a stretch of the task around it, which has started: only its awaits throw.
        if (!is_body_ && (cancel_flags_ & (requested | forwarded)) != 0) return finish(false);
        state_ = future_state::running;
    }
    scheduler_->running_ = this;
    waiting_on_ = nullptr;
    leaf_ = nullptr;  // while it runs its stack of awaits changes unseen
    if (!returned_) resume_at_.resume();
    scheduler_->running_ = nullptr;
    if (returned_) finish(true);
}

void branch::root_returned() noexcept {
    returned_ = true;
    // Resumed from outside the loop, by an awaiter that is not ours: the loop has to end it.
    if (scheduler_->running_ != this) scheduler_->push(*this);
}

std::coroutine_handle<> branch::hop_later(std::coroutine_handle<> to, promise_base& leaf) noexcept {
    resume_at_ = to;
    leaf_ = &leaf;
    wake();
    return std::noop_coroutine();
}

void branch::throw_cancelled() {
    take_request();
    throw cancelled_error();
}

bool branch::cancel(cancel_flag how) noexcept {
    if (done()) return false;
    // Those under a level-triggered cancel have to hear that it is one.
    const bool deeper = (how & level) != 0 && !level_cancelled();
    cancel_flags_ |= how;
    if (scheduler_->cancels_.reach(*this, deeper)) ++cancel_requests_;
    return true;
}

branch* branch::open_body() const noexcept {
    intrusive_list<branch>* const children = waiting_on_ != nullptr ? waiting_on_->children() : nullptr;
    if (children == nullptr) return nullptr;
    for (branch& child : *children)
        if (child.is_body_) return &child;
    return nullptr;
}

// A scope cancels its body by a request of its own, which counts as one to the task; one from outside reaches both.
int branch::cancelling() const noexcept {
    const int own = static_cast<int>(cancel_requests_);
    const branch* const body = open_body();
    if (body == nullptr) return own;
    return body->join_->passed_on() ? std::max(own, body->cancelling()) : own + body->cancelling();
}

int branch::uncancel() noexcept {
    branch* const body = open_body();
    const bool reached_body = body != nullptr && (cancel_requests_ == 0 || body->join_->passed_on());
    if (cancel_requests_ > 0) --cancel_requests_;
    if (reached_body) body->uncancel();
    if (cancel_requests_ == 0) absorb_cancel();
    return cancelling();
}

void branch::finish(bool ran) noexcept {
    future_state end = future_state::cancelled;
    if (ran)
        end = end_of_run();
    else
        take_request();
    std::exchange(root_, nullptr).destroy();
    leaf_ = nullptr;
    unlink();
    if (is_body_) join_->parent()->context_ = std::move(context_);  // what a body sets, the code behind it sees
    complete(end);
    if (join_ != nullptr) join_->child_done(*this);
    release();
}

future_state branch::end_of_run() noexcept {
    take_result();
    if (error_) [[unlikely]] {
        if (!is_cancelled(error_)) return future_state::done;
        error_ = nullptr;
        return future_state::cancelled;
    }
    if ((cancel_flags_ & requested) != 0) return future_state::cancelled;
    if (deliveries_ != 0 && scheduler_->debug()) report_if_swallowed();
    return future_state::done;
}

void branch::report_if_swallowed() noexcept {
    if (is_body_ || cancel_requests_ == 0) return;
    send_report(debug::report_kind::swallowed_cancel,
                "the task '" + name() + "' (" + detail::describe(await_place{created_, created_}) +
                    ") was cancelled, caught the cancelled_error and ended normally; rethrow it, or take the request back with uncancel()",
                this);
}

std::string branch::name() const {
    if (name_) return *name_;
    if (is_body_ && join_ != nullptr) return join_->parent()->name();
    return std::string(function_name(created_));
}

branch* running_branch() noexcept {
    const scheduler* const s = current_scheduler();
    return s == nullptr ? nullptr : s->running();
}

branch& current_branch(const char* what) {
    scheduler& s = require_scheduler(what);
    if (s.running() == nullptr)
        throw invalid_state_error(std::string("gyre: ") + what + " needs a running task; call it from a coroutine, not from a callback");
    return *s.running();
}

}  // namespace gyre::detail
