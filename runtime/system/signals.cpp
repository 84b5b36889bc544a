#include <gyre/runtime/loop/loop_state.hpp>
#include <gyre/runtime/system/signals.hpp>

namespace gyre::detail {

bool signal_stream::enter(signal_awaiter& w) {
    if (closed_) {
        w.refused_ = true;
        return true;
    }
    if (bound_to() == nullptr) {
        home_.adopt(w);
        bind(loop_of(w.waiting_branch()));
    }
    // Those who wait come first.
    if (waiters_.empty()) w.number_ = take();
    if (w.number_ != 0) return true;
    waiters_.push(w);
    return false;
}

void signal_stream::signalled() noexcept {
    while (!waiters_.empty() && has_pending()) {
        auto& first = static_cast<signal_awaiter&>(waiters_.front());
        first.number_ = take();
        first.grant();
    }
}

void signal_stream::close() noexcept {
    stop();
    closed_ = true;
    waiters_.refuse_all();
}

}  // namespace gyre::detail
