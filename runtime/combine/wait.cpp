#include <gyre/runtime/combine/wait.hpp>

namespace gyre::detail {

void wait_watch::begin(branch& b) {
    drop_duplicates(sources_);
    order_.reserve(sources_.size());
    observe(b, sources_);
    if (enough() || !limit_) return;
    if (*limit_ <= duration::zero())
        wake();
    else
        loop_of(b).arm(*this, loop_of(b).deadline_after(*limit_));
}

void wait_watch::ended(std::size_t index) noexcept {
    order_.push_back(index);
    const future_core& source = *sources_[index];
    const bool raised = source.failed() && source.state() != future_state::cancelled;
    decided_ = decided_ || mode_ == first_completed || (mode_ == first_exception && raised);
}

bool wait_watch::enough() const noexcept { return decided_ || order_.size() == sources_.size(); }

void wait_watch::cancel() noexcept {
    stopped_ = true;
    wake();
}

void wait_watch::add_awaited(std::vector<branch*>& tasks) {
    const bool any_will_do = mode_ == first_completed && sources_.size() > 1;
    if (any_will_do || limit_) return;
    for (const core_ref<future_core>& source : sources_) add_task(tasks, *source);
}

std::vector<std::size_t> wait_watch::settle() {
    stop_watching();
    if (waiting_ != nullptr) loop_of(*waiting_).disarm(*this);
    if (stopped_) waiting_->throw_cancelled();
    return std::move(order_);
}

}  // namespace gyre::detail
