#include <gyre/runtime/coroutine/errors.hpp>
#include <gyre/runtime/coroutine/future.hpp>

namespace gyre::detail {

bool future_wait::begin() {
    if (&source_->owner() != &branch_->owner())
        throw invalid_state_error("gyre: '" + source_->name() +
                                  "' belongs to another event loop; pass its result over with submit_to() or "
                                  "call_soon_threadsafe()");
    if (source_.get() == branch_) throw invalid_state_error("gyre: the task '" + source_->name() + "' awaits itself and could never end");
    // The await does begin under a cancel that is due, so that the future is cancelled too.
    if (branch_->cancel_is_due() && !source_->done()) cancel();
    if (source_->done()) {
        interrupted_ = branch_->cancel_is_due();
        return false;
    }
    source_->observe(*this);
    return true;
}

std::string future_wait::describe() const { return "future '" + source_->name() + "'"; }

void future_wait::settle_cancel() {
    if (interrupted_) branch_->throw_cancelled();
    if (!forwarded_ || !branch_->cancel_is_due() || !source_->cancel_was_delivered()) return;
    if (source_->state() == future_state::cancelled) branch_->throw_cancelled();
    branch_->absorb_cancel();
}

}  // namespace gyre::detail
