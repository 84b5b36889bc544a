#include <gyre/runtime/coroutine/errors.hpp>
#include <gyre/runtime/coroutine/future.hpp>
#include <gyre/runtime/coroutine/join.hpp>

namespace gyre::detail {

void refuse_unless_awaitable(const future_core& source, const branch& waiting) {
    if (&source.owner() != &waiting.owner()) throw_of_another_loop(source);
    const branch* part = &waiting;
    while (part != &source && part->is_body()) part = part->parent_join()->parent();
    if (part == &source) throw invalid_state_error("gyre: the task '" + source.name() + "' awaits itself and could never end");
}

bool future_wait::begin() {
    require_awaitable(*source_, *branch_);
    // The await does begin under a cancel that is due, so that the future is cancelled too.
    if (branch_->cancel_is_due() && !source_->done()) cancel();
    if (source_->done()) {
        interrupted_ = branch_->cancel_is_due();
        return false;
    }
    source_->observe(*this);
    return true;
}

void add_task(std::vector<branch*>& tasks, future_core& source) {
    if (auto* task = dynamic_cast<branch*>(&source)) tasks.push_back(task);
}

std::string future_wait::describe() const { return "future '" + source_->name() + "'"; }

void future_wait::settle_cancel() {
    if (interrupted_) branch_->throw_cancelled();
    if (!forwarded_ || !branch_->cancel_is_due() || !source_->cancel_was_delivered()) return;
    if (source_->state() == future_state::cancelled) branch_->throw_cancelled();
    branch_->take_request();
}

}  // namespace gyre::detail
