#include <gyre/runtime/coroutine/errors.hpp>
#include <gyre/runtime/coroutine/join.hpp>
#include <gyre/runtime/sync/once.hpp>

namespace gyre::detail {

bool once_gate::awaiter::begin() {
    switch (gate_.state_) {
        case state::open:
            gate_.state_ = state::making;
            return true;
        case state::made:
            refused_ = true;
            return true;
        case state::making:
            break;
    }
    if (gate_.is_made_by(*branch_))
        throw invalid_state_error("gyre: once.get() was called inside the function that makes the same value, and would wait for itself");
    gate_.waiters_.push(*this);
    return false;
}

// By the branch itself, or by one that waits for it: the task around a scope, who gathers it.
bool once_gate::is_made_by(const branch& asking) const noexcept {
    for (const branch* b = &asking; b != nullptr; b = b->parent_join() != nullptr ? b->parent_join()->parent() : nullptr)
        if (b == maker_) return true;
    return false;
}

void once_gate::made_it() noexcept {
    maker_ = nullptr;
    state_ = state::made;
    waiters_.refuse_all();
}

void once_gate::failed() noexcept {
    maker_ = nullptr;
    if (waiters_.empty())
        state_ = state::open;
    else
        waiters_.front().grant();
}

}  // namespace gyre::detail
