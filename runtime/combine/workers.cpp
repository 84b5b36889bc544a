#include <gyre/runtime/combine/workers.hpp>
#include <gyre/runtime/coroutine/errors.hpp>

namespace gyre::detail {

void workers::start_child(scheduler& s, core_ref<branch> child) {
    child->index = static_cast<std::uint32_t>(live_.size());
    live_.push_back(child);
    s.roots.push_back(*child);
    child->start();
}

void workers::cancel() noexcept {
    passed_on_ = true;
    stop_all();
}

void workers::stop_all() noexcept {
    failed_ = true;
    for (const core_ref<branch>& child : live_) ask(*child);
}

bool workers::child_ended(branch& child) noexcept {
    ended_ = true;
    child_cancelled_ = child_cancelled_ || child.state() == future_state::cancelled;
    const bool first_failure = child.failed() && !failed_;
    if (!error_ && child.error()) {
        error_ = child.error();
        error_met_request_ = met_request(child);
    }

    const std::uint32_t place = child.index;
    live_.back()->index = place;
    std::swap(live_[place], live_.back());
    live_.pop_back();

    failed_ = failed_ || first_failure;
    if (waiting_ && (!failed_ || live_.empty())) {
        waiting_ = false;
        parent_->wake();
    }
    if (!live_.empty()) return first_failure;
    const std::shared_ptr<void> last = std::move(kept_alive_);  // this may be the end of this object
    return false;
}

void workers::settle(branch& parent) {
    if (failed_ && parent.cancel_is_due()) {
        if (!error_) parent.throw_cancelled();
        if (error_met_request_) parent.take_request();
    }
    if (error_) std::rethrow_exception(error_);
    if (child_cancelled_) throw cancelled_error();
}

suspension* workers::stop(branch& waiting) noexcept {
    if (live_.empty()) return nullptr;
    parent_ = &waiting;
    stop_all();
    waiting_ = true;
    return this;
}

void workers::abandon(std::shared_ptr<void> state) noexcept {
    if (live_.empty()) return;
    kept_alive_ = std::move(state);
    stop_all();
}

}  // namespace gyre::detail
