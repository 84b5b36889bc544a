#include <gyre/runtime/coroutine/errors.hpp>
#include <gyre/runtime/sync/as_written.hpp>
#include <gyre/runtime/sync/guard.hpp>
#include <gyre/runtime/sync/semaphore.hpp>

#include <string>

namespace gyre {
namespace {

constexpr std::size_t most = detail::permit_pool::most;

void require_countable(std::size_t n, const char* what) {
    if (n <= most) return;
    throw invalid_state_error(std::string("gyre: ") + what + " with a negative or absurd number of permits (" + detail::as_written(n) +
                              "); give 0 or more");
}

}  // namespace

semaphore::semaphore(std::size_t permits, std::size_t limit) : pool_(permits), limit_(limit) { require_countable(permits, "a semaphore"); }

void semaphore::throw_never(std::size_t n) const {
    require_countable(n, "semaphore.acquire()");
    throw invalid_state_error("gyre: semaphore.acquire(" + std::to_string(n) + ") would wait for ever: this bounded semaphore has " +
                              std::to_string(limit_) + " permits in all; ask for fewer, or make it larger");
}

void semaphore::release(std::size_t n) {
    require_countable(n, "semaphore.release()");
    if (n > limit_ - pool_.available())
        throw invalid_state_error("gyre: semaphore.release(" + std::to_string(n) + ") would make " + std::to_string(pool_.available()) +
                                  " + " + std::to_string(n) + " permits, more than the " + std::to_string(limit_) +
                                  " it may have; release only what was acquired (a permit returns by itself, without release())");
    pool_.give_back(n);
}

void semaphore::take_back_too_many() noexcept {
    // A permit returns after release() has returned it already. A destructor cannot throw; the limit holds.
    pool_.give_back(limit_ - pool_.available());
    if (detail::scheduler* const here = detail::current_scheduler(); here != nullptr) {
        try {
            here->report(
                "a bounded semaphore got back more permits than it had: release() was called for a permit that still lives; drop the "
                "permit, or forget() it, instead",
                nullptr, nullptr);
        } catch (...) {  // no memory for the report
        }
    }
}

void semaphore::permit::release() {
    if (owner_ == nullptr) detail::throw_not_held("permit.release()");
    semaphore& owner = *owner_;
    const std::size_t n = count_;
    owner.release(n);
    forget();
}

}  // namespace gyre
