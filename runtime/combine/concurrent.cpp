#include <gyre/runtime/combine/concurrent.hpp>
#include <gyre/runtime/coroutine/errors.hpp>

namespace gyre::detail {

bool concurrent::child_ended(branch& child) noexcept {
    static_cast<void>(child.error());  // the call decides what becomes of it: nobody else can ask
    const bool now = decided_by_ == undecided && decides(child);
    // What becomes of a request is the deciding child's to say, or without one any child's.
    if (now || (decided_by_ == undecided && met_request(child))) request_met_ = met_request(child);
    if (now) decided_by_ = child.index;
    if (children_.empty()) parent_->wake();
    return now;
}

bool concurrent::decides(const branch& child) const noexcept {
    switch (rule_) {
        case stop_rule::never:
            return false;
        case stop_rule::first_failure:
            return child.failed();
        case stop_rule::first_end:
            // One that ends by a cancel from outside decides no race: another may still end with what it had waited for.
            return !met_request(child) || child.state() != future_state::cancelled;
        case stop_rule::first_success:
            return !child.failed();
    }
    return false;
}

void concurrent::add_awaited(std::vector<branch*>& tasks) {
    const bool one_is_enough = rule_ == stop_rule::first_end || rule_ == stop_rule::first_success;
    if (!one_is_enough || children_.size() == 1) join::add_awaited(tasks);
}

void concurrent::settle() {
    if (stopped_) parent_->throw_cancelled();
    // The children took the request: the parent must not meet it again.
    own_cancel_ = request_met_ && parent_->cancel_is_due();
    if (own_cancel_) parent_->take_request();
}

void concurrent::throw_failure(const std::vector<branch*>& children, std::size_t first) const {
    if (const std::exception_ptr& error = children[first]->error()) std::rethrow_exception(error);
    for (branch* child : children)
        if (const std::exception_ptr& error = child->error()) std::rethrow_exception(error);
    throw cancelled_error();
}

}  // namespace gyre::detail
