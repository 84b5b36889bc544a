#include <gyre/runtime/combine/as_completed.hpp>

namespace gyre::detail {

completion_order::~completion_order() {
    if (loop_ != nullptr) loop_->disarm(*this);
}

void completion_order::begin(branch& b, std::vector<core_ref<future_core>> sources, std::optional<time_point> deadline) {
    sources_ = std::move(sources);
    drop_duplicates(sources_);
    order_.reserve(sources_.size());
    observe(b, sources_);
    if (!deadline) return;
    loop_ = &loop_of(b);
    expired_ = *deadline <= loop_->now();
    if (!expired_) loop_->arm(*this, *deadline);
}

bool completion_order::prepare(branch& b) noexcept {
    rewatch(b);
    stopped_ = b.cancel_is_due();
    return !stopped_ && !expired_;
}

void completion_order::fired() noexcept {
    expired_ = true;
    wake();
}

void completion_order::cancel() noexcept {
    stopped_ = true;
    wake();
}

core_ref<future_core> completion_order::await_resume() {
    if (stopped_) waiter().throw_cancelled();
    if (enough()) return sources_[order_[given_++]];
    throw timeout_error("gyre: as_completed() reached its time limit with " + std::to_string(left()) + " of " +
                        std::to_string(sources_.size()) + " futures not done");
}

}  // namespace gyre::detail
