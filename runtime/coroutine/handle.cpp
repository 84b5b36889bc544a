#include <gyre/runtime/coroutine/handle.hpp>

namespace gyre::detail {

void callback::run() noexcept {
    if (!cancelled_) {
        scheduler_->count_callback();
        const context_scope scope(context_);
        const std::function<void()> fn = std::exchange(fn_, nullptr);
        try {
            fn();
        } catch (...) {
            scheduler_->report("a callback failed", std::current_exception(), nullptr);
        }
    }
    release();
}

}  // namespace gyre::detail
