#include <gyre/runtime/combine/concurrent.hpp>
#include <gyre/runtime/coroutine/errors.hpp>

namespace gyre::detail {

void concurrent::child_done(branch& child) noexcept {
    delivered_ = delivered_ || child.cancel_was_delivered();
    static_cast<void>(child.error());  // the call decides what becomes of it: nobody else can ask
    if (decided_by_ == undecided) {
        const bool decides = rule_ == stop_rule::first_end || (rule_ == stop_rule::first_failure && child.failed()) ||
                             (rule_ == stop_rule::first_success && !child.failed());
        if (decides) {
            decided_by_ = child.index;
            stop_children();
        }
    }
    if (children_.empty()) parent_->wake();
}

void concurrent::settle() {
    if (stopped_) parent_->throw_cancelled();
    // The children took the request: the parent must not meet it again.
    own_cancel_ = delivered_ && parent_->cancel_is_due();
    if (own_cancel_) {
        parent_->absorb_cancel();
        parent_->note_delivery();
    }
}

void concurrent::throw_failure(const std::vector<branch*>& children, std::size_t first) const {
    if (const std::exception_ptr& error = children[first]->error()) std::rethrow_exception(error);
    for (branch* child : children)
        if (const std::exception_ptr& error = child->error()) std::rethrow_exception(error);
    throw cancelled_error();
}

}  // namespace gyre::detail
