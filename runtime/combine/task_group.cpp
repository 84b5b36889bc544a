#include <gyre/runtime/combine/task_group.hpp>
#include <gyre/runtime/combine/watch.hpp>
#include <gyre/runtime/coroutine/errors.hpp>

#include <algorithm>

namespace gyre {
namespace {

// Waits until one of the two has ended; a cancel goes to the second and waits for it.
class either final : public detail::watch {
public:
    either(const any_future& first, const any_future& second) : watch("task_group::start()") {
        for (const any_future* f : {&first, &second}) sources_.push_back(detail::core_ref<detail::future_core>::share(f->core()));
    }
    template <class Promise>
    bool await_suspend(std::coroutine_handle<Promise> h) {
        detail::branch& b = detail::branch_of(h);
        observe(b, sources_);
        if (b.cancel_is_due()) cancel();
        return wait(h);
    }
    void await_resume() {
        stop_watching();
        if (was_cut() || (cancelled_ && waiter().cancel_is_due())) waiter().throw_cancelled();
    }
    void cancel() noexcept override {
        cancelled_ = true;
        sources_[1]->request_cancel();
    }

private:
    void ended(std::size_t) noexcept override { ++ended_; }
    bool enough() const noexcept override { return cancelled_ ? sources_[1]->done() : ended_ > 0; }

    std::vector<detail::core_ref<detail::future_core>> sources_;
    std::size_t ended_ = 0;
    bool cancelled_ = false;
};

}  // namespace

detail::core_ref<detail::future_core> task_group::start_child(detail::core_ref<detail::branch> child, std::string name, spawn_start when) {
    if (!name.empty()) child->set_name(std::move(name));
    ++children_;
    call_.adopt(*child);
    if (parent().level_cancelled()) child->level_cancel();
    if (when == spawn_start::now)
        child->start_now();
    else
        child->start();
    return child;
}

const char* task_group::why_closed() const noexcept {
    if (!was_entered()) return "has not been entered; co_await with(group, body) and spawn in the body";
    if (!is_running()) return "has ended; spawn before its `with` ends";
    if (call_.stopping()) return "is shutting down after a failure or a cancel";
    return nullptr;
}

void task_group::throw_closed(const char* why) const { throw invalid_state_error(std::string("gyre: this task_group ") + why); }

void task_group::cancel() {
    cancel_called_ = true;
    if (is_running()) call_.stop();
}

void task_group::cancelled_from_outside() noexcept {
    call_.cancel_children();
    if (!body_->done()) return;
    wait_cancelled_ = true;
    call_.stop();
}

bool task_group::child_ended(detail::branch& child) noexcept {
    const bool is_body = &child == body_;
    if (!is_body) --children_;
    if (is_body && parent().cancel_is_due()) {
        // The task waits for the others now, and has a request to meet: one that the body has not met, or that every await meets.
        const bool met = child.met_its_request() && (children_ == 0 || !parent().level_cancelled());
        if (!met) cancelled_from_outside();
    }
    if (std::find(starting_.begin(), starting_.end(), &child) != starting_.end()) return false;  // start() tells
    if (const std::exception_ptr& error = child.error()) {
        add_error(error, child.name());
        return true;
    }
    return is_body && child.state() == future_state::cancelled;
}

void task_group::add_error(const std::exception_ptr& error, std::string name) {
    errors_.push_back(error);
    names_.push_back(std::move(name));
}

bool task_group::leave(detail::branch& body) {
    if (!errors_.empty()) {
        // The request stays pending: the errors must not hide it.
        const std::string count = std::to_string(errors_.size());
        throw exception_group("gyre: " + count + (errors_.size() == 1 ? " task" : " tasks") + " of a task_group failed", std::move(errors_),
                              std::move(names_));
    }
    const bool body_cancelled = body.state() == future_state::cancelled;
    if (call_.take_parent_cancel() && (wait_cancelled_ || body_cancelled)) throw cancelled_error();
    return !body_cancelled || !cancel_called_;
}

task<> task_group::started_or_ended(any_future word, future<void> child) {
    starting_.push_back(&child.core());
    std::exception_ptr interrupted;
    try {
        either first(word, child);
        co_await first;
    } catch (...) {
        interrupted = std::current_exception();
    }
    std::erase(starting_, &child.core());
    if (interrupted) std::rethrow_exception(interrupted);
    const bool started = word.done() && !word.cancelled() && word.exception() == nullptr;
    const bool failed = child.done() && !child.cancelled() && child.exception() != nullptr;
    if (started) {
        if (failed) {
            add_error(child.exception(), child.name());
            call_.stop();
        }
        co_return;
    }
    child.result();
    throw invalid_state_error("gyre: '" + child.name() + "' ended without calling started()");
}

}  // namespace gyre
