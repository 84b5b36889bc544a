#include <gyre/runtime/combine/gather_futures.hpp>
#include <gyre/runtime/coroutine/errors.hpp>

namespace gyre::detail {

void gather_watch::begin(branch& b) {
    observe(b, sources_);
    // As with a single future: the await does begin, so that what it awaits is cancelled too.
    if (!b.cancel_is_due()) return;
    interrupted_ = ended_ == sources_.size();
    cancel();
}

void gather_watch::ended(std::size_t index) noexcept {
    ++ended_;
    if (first_failure_ == none && sources_[index]->failed()) first_failure_ = index;
}

bool gather_watch::enough() const noexcept {
    if (ended_ == sources_.size()) return true;
    return stop_at_failure_ && first_failure_ != none && !cancel_asked_;
}

void gather_watch::cancel() noexcept {
    cancel_asked_ = true;
    for (const core_ref<future_core>& source : sources_) source->request_cancel();
}

void gather_watch::add_awaited(std::vector<branch*>& tasks) {
    for (const core_ref<future_core>& source : sources_) add_task(tasks, *source);
}

void gather_watch::settle() {
    stop_watching();
    if (interrupted_ || was_cut()) waiter().throw_cancelled();
    if (cancel_asked_ && waiter().cancel_is_due()) {
        bool delivered = false;
        for (const core_ref<future_core>& source : sources_) delivered = delivered || source->cancel_was_delivered();
        if (delivered && (first_failure_ == none || !stop_at_failure_ || sources_[first_failure_]->state() == future_state::cancelled))
            waiter().throw_cancelled();
        if (delivered) waiter().take_request();
    }
    if (stop_at_failure_ && first_failure_ != none) sources_[first_failure_]->throw_unless_value();
}

}  // namespace gyre::detail
