#pragma once
#include <gyre/runtime/sync/broadcast_core.hpp>

#include <concepts>
#include <cstddef>
#include <optional>
#include <string_view>
#include <utility>

namespace gyre {

// Sends each item to every subscriber of the moment. It keeps the last `capacity` items: a subscriber that is further behind
// loses the oldest and is told how many. Sending never waits.
// Copies send to the same subscribers; when the last one is gone, or one is closed, subscribers get what is left and then
// the end.
// Thread: the loop's.
template <class T>
class broadcast {
    static_assert(std::copy_constructible<T>,
                  "gyre: each subscriber of a broadcast gets a copy; use std::shared_ptr<const T> for what is not to be copied");

public:
    using value_type = T;
    class subscription;

    // Throws: invalid_state_error for a capacity of 0 or less.
    explicit broadcast(std::size_t capacity) : core_(new detail::broadcast_core<T>(detail::checked_capacity(capacity, "a broadcast", 1))) {}
    broadcast(const broadcast& other) noexcept : core_(other.core_) { core_->add_sender(); }
    broadcast& operator=(const broadcast& other) noexcept {
        broadcast copy(other);
        std::swap(core_, copy.core_);
        return *this;
    }
    ~broadcast() {
        detail::release_or_report([this] { core_->drop_sender(); });
    }

    // Gives the number of subscribers; without one the item is dropped.
    // Throws: channel_closed after close(); invalid_state_error in another loop's thread while tasks wait.
    std::size_t send(T item) { return core_->send(std::move(item)); }

    // Sees every item that is sent from now on. Throws: nothing.
    subscription subscribe() { return subscription(core_); }
    std::size_t subscribers() const noexcept { return core_->subscribers(); }

    // Subscribers get what is left, then the end. Idempotent.
    // Throws: invalid_state_error in another loop's thread while tasks wait.
    void close() { core_->close(); }

private:
    detail::core_ref<detail::broadcast_core<T>> core_;
};

// One subscriber's place in a broadcast, for one task at a time. A copy goes on from the same place on its own.
template <class T>
class broadcast<T>::subscription {
    class next_awaiter;

public:
    using value_type = T;

    // Of nothing: at its end.
    subscription() noexcept = default;
    subscription(const subscription& other) noexcept : core_(other.core_), at_(other.at_.next, other.at_.missed) {
        if (core_) core_->add_subscriber();
    }
    subscription(subscription&& other) noexcept : core_(std::move(other.core_)), at_(other.at_.next, other.at_.missed) {}
    subscription& operator=(subscription other) noexcept {
        std::swap(core_, other.core_);
        std::swap(at_, other.at_);
        return *this;
    }
    ~subscription() {
        if (core_) core_->drop_subscriber();
    }

    // Gives the next item, the oldest there still is; nullopt at the end.
    // Cancel: at once, nothing is lost: the place moves only when an item is given.
    // Throws: invalid_state_error when two tasks wait here at once, or for a task of another loop.
    next_awaiter next() noexcept { return next_awaiter(*this); }

    // How many items were lost here so far, since they came too fast.
    std::size_t missed() const noexcept { return core_ ? at_.missed + core_->lost_since(at_.next) : at_.missed; }

private:
    friend broadcast;
    explicit subscription(detail::core_ref<detail::broadcast_core<T>> core) noexcept
        : core_(std::move(core)), at_(core_->add_subscriber(), 0) {}

    detail::core_ref<detail::broadcast_core<T>> core_;
    detail::broadcast_place at_;
};

template <class T>
class broadcast<T>::subscription::next_awaiter final : public detail::sync_awaiter<next_awaiter> {
    using base = detail::sync_awaiter<next_awaiter>;

public:
    explicit next_awaiter(subscription& s) noexcept : subscription_(s) {}

    std::optional<T> await_resume() {
        if (began_) subscription_.at_.taken = false;
        this->settle();
        return subscription_.core_ ? subscription_.core_->take(subscription_.at_) : std::nullopt;
    }
    std::string_view what() const noexcept override { return "subscription.next"; }

private:
    friend base;
    detail::home_loop* home() const noexcept { return subscription_.core_ ? &subscription_.core_->home : nullptr; }
    bool begin() {
        if (!subscription_.core_) return true;
        if (subscription_.at_.taken) detail::throw_shared_subscription();
        subscription_.at_.taken = began_ = true;
        return subscription_.core_->enter(*this, subscription_.at_);
    }

    subscription& subscription_;
    bool began_ = false;
};

}  // namespace gyre
