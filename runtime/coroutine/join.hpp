#pragma once
#include <gyre/runtime/coroutine/branch.hpp>
#include <gyre/runtime/coroutine/cancel_wave.hpp>
#include <gyre/runtime/coroutine/intrusive_list.hpp>
#include <gyre/runtime/coroutine/suspension.hpp>

#include <utility>
#include <vector>

namespace gyre::detail {

// A structured call: the parent waits for children that it owns, cancels them when it is cancelled, and goes on when the
// last one has ended. What it makes of their ends is the derived class's.
class join : public suspension {
public:
    // The child has ended; it is unlinked and its result is in place.
    void child_done(branch& child) noexcept {
        if (child_ended(child)) stop();
    }

    void cancel() noexcept override { cancel_children(); }
    intrusive_list<branch>* children() noexcept override { return &children_; }
    void add_awaited(std::vector<branch*>& tasks) override {
        for (branch& child : children_) tasks.push_back(&child);
    }
    branch* parent() const noexcept { return parent_; }
    // A request from outside was passed on to the children.
    bool passed_on() const noexcept { return passed_on_; }

protected:
    ~join() = default;

    // True when this end makes the call stop the other children. It may be the end of this object when it is false.
    virtual bool child_ended(branch& child) noexcept = 0;
    // Asks the children that the call has not asked before, and leaves those to their clean-up.
    virtual void stop_children() noexcept {
        ask_those([](const branch& child) { return !child.asked_by_call(); });
    }
    // The call's own decision to end early, once.
    void stop() noexcept {
        if (!std::exchange(stopping_, true)) stop_children();
    }
    bool stopping() const noexcept { return stopping_; }

    void adopt(branch& child) noexcept { children_.push_back(child); }
    // A request from outside: every child is asked, again if need be.
    void cancel_children() noexcept {
        passed_on_ = true;
        ask_children();
    }
    // The same as the call's own decision, such as a time limit's.
    void ask_children() noexcept {
        ask_those([](const branch&) { return true; });
    }
    // A level-triggered cancel stays one further down.
    void ask(branch& child) noexcept {
        if (parent_ != nullptr && parent_->level_cancelled())
            child.level_cancel();
        else
            child.forward_cancel();
    }

    // Children may wait for one another: the request reaches each once.
    template <class Wanted>
    void ask_those(Wanted wanted) noexcept {
        if (children_.empty()) return;
        const cancel_wave::one_cause call(children_.front().owner().cancels());
        for (branch& child : children_)
            if (wanted(child)) ask(child);
    }

    // Whether a child that has ended met a request from outside. One that nobody has met, because it came when the children had ended or
    // cleaned up, stays the parent's, to meet at its next await.
    bool met_request(const branch& child) const noexcept { return passed_on_ && child.met_its_request(); }

    branch* parent_ = nullptr;
    intrusive_list<branch> children_;
    bool passed_on_ = false;

private:
    bool stopping_ = false;
};

}  // namespace gyre::detail
