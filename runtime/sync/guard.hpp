#pragma once
#include <gyre/runtime/sync/wait_list.hpp>

#include <type_traits>
#include <utility>

namespace gyre::detail {

[[noreturn]] void throw_not_held(const char* what);

// Holds a lock and releases it in its destructor, at once and without awaiting. `Kind` tells an owner's locks apart. What cannot be
// released there, because it is another loop's thread and tasks wait, is reported to the loop's exception handler and stays locked.
// Thread: the loop's.
template <class Owner, int Kind>
class [[nodiscard("the lock is released as soon as its guard is dropped")]] guard {
    using kind = std::integral_constant<int, Kind>;

public:
    // Holds nothing.
    guard() noexcept = default;
    guard(guard&& other) noexcept : owner_(std::exchange(other.owner_, nullptr)) {}
    guard& operator=(guard&& other) noexcept {
        guard taken(std::move(other));
        std::swap(owner_, taken.owner_);
        return *this;
    }
    ~guard() {
        if (owner_ != nullptr) release_or_report([this] { owner_->unlock(kind()); });
    }

    // True while it holds the lock.
    explicit operator bool() const noexcept { return owner_ != nullptr; }

    // Releases the lock early; the first who waits for it has it from now on.
    // Throws: invalid_state_error when it holds nothing, or in another loop's thread while tasks wait.
    void unlock() {
        if (owner_ == nullptr) throw_not_held("guard.unlock()");
        owner_->unlock(kind());
        owner_ = nullptr;
    }

    // For the library: a guard for a lock that the caller has taken.
    explicit guard(Owner& held) noexcept : owner_(&held) {}
    // For the library: whose lock it holds; null when it holds nothing.
    Owner* owner() const noexcept { return owner_; }

private:
    Owner* owner_ = nullptr;
};

}  // namespace gyre::detail
