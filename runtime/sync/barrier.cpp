#include <gyre/runtime/coroutine/errors.hpp>
#include <gyre/runtime/sync/barrier.hpp>

#include <string>

namespace gyre {

barrier::barrier(std::size_t parties) : parties_(parties) {
    if (parties == 0 || parties > static_cast<std::size_t>(-1) / 2)
        throw invalid_state_error("gyre: a barrier needs at least one party, not " + std::to_string(parties) +
                                  "; give the number of tasks that meet");
}

bool barrier::arrive() {
    if (waiting_ + 1 < parties_) {
        ++waiting_;
        return false;
    }
    std::size_t index = 0;
    while (!waiters_.empty()) {
        static_cast<wait_awaiter&>(waiters_.front()).index_ = index++;
        waiters_.front().grant();
    }
    waiting_ = 0;
    return true;
}

void barrier::turn_away(const char* what) {
    if (!waiters_.empty()) home_.require_own_thread(what);
    waiting_ = 0;
    waiters_.refuse_all();
}

void barrier::reset() {
    turn_away("barrier.reset()");
    broken_ = false;
}

void barrier::abort() {
    turn_away("barrier.abort()");
    broken_ = true;
}

bool barrier::wait_awaiter::begin() {
    if (barrier_.broken_) {
        refused_ = true;
        return true;
    }
    if (barrier_.arrive()) {
        index_ = barrier_.parties_ - 1;
        return true;
    }
    barrier_.waiters_.push(*this);
    return false;
}

void barrier::wait_awaiter::cancel() noexcept {
    if (linked()) --barrier_.waiting_;
    waiter::cancel();
}

void barrier::wait_awaiter::throw_broken() { throw broken_barrier_error(); }

}  // namespace gyre
