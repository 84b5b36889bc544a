#pragma once
#include <gyre/runtime/sync/permit_pool.hpp>

#include <cstddef>
#include <optional>
#include <utility>

namespace gyre {

// Permits that tasks of one loop take and return. First come, first served: permits that are released while tasks wait belong
// to the first in line from that moment, and who wants many is not overtaken by those who want few.
//
//     const auto permit = co_await s.acquire();
//
// Destroy it when nobody holds a permit or waits for one.
// Thread: the loop's.
class semaphore {
public:
    class permit;
    using acquire_awaiter = detail::permit_awaiter<semaphore, permit>;

    // Throws: invalid_state_error for a negative number.
    explicit semaphore(std::size_t permits = 1) : semaphore(permits, detail::permit_pool::most) {}
    semaphore(const semaphore&) = delete;

    // Gives n permits, all at once, that return when it is destroyed. None (n == 0) come at once.
    // Cancel: leaves the line; lossless, permits that came first are delivered and the request stays pending.
    // Throws: invalid_state_error for a negative number, for more than a bounded semaphore has, or for a task of another loop.
    acquire_awaiter acquire(std::size_t n = 1);

    // The same if there are n and nobody waits, else nullopt. Throws: nothing.
    std::optional<permit> try_acquire(std::size_t n = 1);

    // Adds permits: those of a permit::forget(), or new ones.
    // Throws: invalid_state_error for a negative number, when there would be too many, or in another loop's thread while tasks wait.
    void release(std::size_t n = 1);

    // Permits that nobody has.
    std::size_t available() const noexcept { return pool_.available(); }
    // True when acquire() would have to wait.
    bool locked() const noexcept { return pool_.available() == 0 || pool_.contended(); }

protected:
    semaphore(std::size_t permits, std::size_t limit);

private:
    [[noreturn]] void throw_never(std::size_t n) const;
    void take_back(std::size_t n) {
        if (n > limit_ - pool_.available()) [[unlikely]]
            return take_back_too_many();
        pool_.give_back(n);
    }
    void take_back_too_many() noexcept;

    detail::permit_pool pool_;
    std::size_t limit_;
};

// Permits of a semaphore; returns them in its destructor, at once and without awaiting. What cannot be returned there, because it is
// another loop's thread and tasks wait, is reported to the loop's exception handler, and lost.
class [[nodiscard("permits return as soon as this is dropped")]] semaphore::permit {
public:
    // Holds nothing.
    permit() noexcept = default;
    permit(permit&& other) noexcept : owner_(std::exchange(other.owner_, nullptr)), count_(std::exchange(other.count_, 0)) {}
    permit& operator=(permit&& other) noexcept {
        permit taken(std::move(other));
        std::swap(owner_, taken.owner_);
        std::swap(count_, taken.count_);
        return *this;
    }
    ~permit() {
        if (owner_ != nullptr) detail::release_or_report([this] { owner_->take_back(count_); });
    }

    explicit operator bool() const noexcept { return owner_ != nullptr; }
    // How many it holds.
    std::size_t count() const noexcept { return count_; }

    // Returns them early.
    // Throws: invalid_state_error when it holds nothing; as semaphore::release().
    void release();

    // Gives them up without returning them: the semaphore has that many less until somebody calls its release().
    void forget() noexcept {
        owner_ = nullptr;
        count_ = 0;
    }

    // For the library: permits that the caller has taken.
    permit(semaphore& owner, std::size_t n) noexcept : owner_(&owner), count_(n) {}

private:
    semaphore* owner_ = nullptr;
    std::size_t count_ = 0;
};

inline semaphore::acquire_awaiter semaphore::acquire(std::size_t n) {
    if (n > limit_) [[unlikely]]
        throw_never(n);
    return acquire_awaiter(*this, pool_, n, "semaphore.acquire");
}

inline std::optional<semaphore::permit> semaphore::try_acquire(std::size_t n) {
    if (!pool_.try_take(n)) return std::nullopt;
    return std::optional<permit>(std::in_place, *this, n);
}

}  // namespace gyre
