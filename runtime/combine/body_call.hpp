#pragma once
#include <gyre/runtime/coroutine/join.hpp>
#include <gyre/runtime/coroutine/task_state.hpp>

#include <coroutine>
#include <string_view>
#include <utility>

namespace gyre::detail {

// A structured call with one child: a stretch of the parent that has a cancel state of its own, so that a time limit cancels
// it and nothing else. It does begin under a cancel that is due; its first await throws then.
class body_call : public join {
public:
    bool await_ready() const noexcept { return false; }
    std::string_view what() const noexcept override { return what_; }

protected:
    explicit body_call(std::string_view what) noexcept : what_(what) {}
    body_call(body_call&& other) noexcept : what_(other.what_) {}
    ~body_call() = default;

    bool child_ended(branch& child) noexcept override {
        request_met_ = request_met_ || met_request(child);
        if (children_.empty()) all_done();
        return false;
    }
    virtual void all_done() noexcept { parent_->wake(); }

    // Suspends the parent and starts the body.
    template <class Promise>
    void enter(std::coroutine_handle<Promise> h, branch& body) noexcept {
        parent_->suspend(h, *this);
        adopt(body);
        body.start();
        if (parent_->cancel_is_due()) cancel();
    }
    // The parent was cancelled during the call, and the body has met the request: takes it.
    bool take_parent_cancel() noexcept {
        if (!request_met_ || !parent_->cancel_is_due()) return false;
        parent_->take_request();
        return true;
    }

private:
    std::string_view what_;
    bool request_met_ = false;
};

}  // namespace gyre::detail
