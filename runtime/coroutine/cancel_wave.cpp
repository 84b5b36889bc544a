#include <gyre/runtime/coroutine/branch.hpp>
#include <gyre/runtime/coroutine/cancel_wave.hpp>

#include <utility>

namespace gyre::detail {

bool cancel_wave::reach(branch& b, bool again) noexcept {
    const bool from_outside = !std::exchange(under_way_, true);
    if (from_outside && !stays_open_) begin();
    place& at = b;
    const bool first = at.mark < wave_;
    if (first || at.mark == wave_ + waits || (again && at.mark == wave_ + passed)) {
        // One that is on the list already comes to the front: as recursion would, which finds every ring.
        at.unlink();
        at.mark = wave_ + waits;
        if (passing_ != nullptr)
            way_.insert(at, *passing_);
        else
            way_.push_back(at);
    } else if (at.mark == wave_ + passes_on) {
        cut_ring(b);
    }
    if (from_outside) {
        spread();
        under_way_ = false;
    }
    return first;
}

void cancel_wave::spread() noexcept {
    while (!way_.empty()) {
        place& at = way_.front();
        if (at.mark == wave_ + passes_on) {
            at.mark = wave_ + passed;
            at.unlink();
            continue;
        }
        at.mark = wave_ + passes_on;
        passing_ = &at;
        if (suspension* const on = static_cast<branch&>(at).waiting_on()) on->cancel();
    }
    passing_ = nullptr;
}

// From who is passing on back to `closing`, each waits for the one before it in this walk.
void cancel_wave::cut_ring(branch& closing) noexcept {
    for (auto at = way_.from(*passing_);; ++at) {
        if (at->mark != wave_ + passes_on) continue;
        branch& b = static_cast<branch&>(*at);
        suspension* const on = b.waiting_on();
        if (on == nullptr || on->cut() || &b == &closing) return;
    }
}

}  // namespace gyre::detail
