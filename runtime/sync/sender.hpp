#pragma once
#include <gyre/runtime/sync/channel_core.hpp>

#include <concepts>
#include <cstddef>
#include <string_view>
#include <utility>

namespace gyre {

// The sending end of a channel. Copies are counted: when the last one is closed or gone, receivers get what is left and then
// the end. One that was made by default or moved from is closed.
// Thread: the loop's.
template <class T>
class sender {
    class send_awaiter;
    class reserve_awaiter;

public:
    using value_type = T;
    class permit;

    sender() noexcept = default;
    sender(const sender& other) noexcept : core_(other.core_) {
        if (core_) core_->add_sender();
    }
    sender(sender&&) noexcept = default;
    sender& operator=(sender other) noexcept {
        std::swap(core_, other.core_);
        return *this;
    }
    ~sender() {
        detail::release_or_report([this] { close(); });
    }

    // Sends the item, when there is room; with capacity 0, when a receiver takes it.
    // Cancel: leaves the line, and the item is lost with the call (reserve() first where it must not be); an item that went first is
    // received and the request stays pending.
    // Throws: channel_closed when no receiver is left, or none takes the item any more, which is then lost; invalid_state_error for a
    // task of another loop.
    send_awaiter send(T item) { return send_awaiter(core_, std::move(item)); }

    // False when there is no room, or the channel is closed; the item then stays with the caller.
    // Throws: invalid_state_error in another loop's thread while tasks wait.
    bool try_send(T&& item) {
        if (!core_ || !core_->has_receivers()) return false;
        core_->require_own_thread("sender.try_send()");
        return core_->send_now(item);
    }
    bool try_send(const T& item)
        requires std::copy_constructible<T>
    {
        T copy(item);
        return try_send(std::move(copy));
    }

    // Waits for room and gives a permit to send one item into it.
    // Cancel: leaves the line; lossless, a place that came first is delivered and the request stays pending. Throws: as send().
    reserve_awaiter reserve() noexcept { return reserve_awaiter(core_); }

    // Nothing more is sent from here. Idempotent.
    // Throws: invalid_state_error in another loop's thread while tasks wait; the destructor reports that to the loop's exception handler.
    void close() {
        if (!core_) return;
        core_->drop_sender();
        core_ = detail::channel_ref<T>();
    }
    // True when sending makes no sense any more: closed here, or no receiver is left.
    bool closed() const noexcept { return !core_ || !core_->has_receivers(); }

    // For the library.
    explicit sender(detail::channel_ref<T> core) noexcept : core_(std::move(core)) {}

private:
    detail::channel_ref<T> core_;
};

// A place in a channel for one item. Unused, it goes to the next who waits for one. A channel of capacity 0 gives it when a
// receiver waits; should that one give up before the item comes, the item waits in its place. Its destructor reports what it cannot
// give back, because it is another loop's thread and tasks wait, to the loop's exception handler.
template <class T>
class [[nodiscard("the place is given back as soon as this is dropped")]] sender<T>::permit {
public:
    permit(permit&&) noexcept = default;
    permit& operator=(permit&& other) noexcept {
        permit taken(std::move(other));
        std::swap(core_, taken.core_);
        return *this;
    }
    ~permit() {
        if (core_) detail::release_or_report([this] { core_->drop_permit(); });
    }

    // Sends the item at once. When no receiver is left it is dropped.
    // Throws: invalid_state_error when it was used before, or in another loop's thread while tasks wait.
    void send(T item) {
        if (!core_) detail::throw_permit_used();
        core_->send_reserved(std::move(item));
        core_ = detail::channel_ref<T>();
    }

    // For the library: a place that the caller has taken.
    explicit permit(detail::channel_ref<T> core) noexcept : core_(std::move(core)) {}

private:
    detail::channel_ref<T> core_;
};

template <class T>
class sender<T>::send_awaiter final : public detail::sync_awaiter<send_awaiter, detail::room_waiter<T>> {
    using base = detail::sync_awaiter<send_awaiter, detail::room_waiter<T>>;

public:
    send_awaiter(detail::channel_ref<T> core, T&& item) : base(std::move(item)), core_(std::move(core)) {}

    void await_resume() {
        const bool sent = this->settle();
        if (!sent) detail::throw_channel_closed();
    }
    void cancel() noexcept override {
        base::cancel();
        core_->end_if_over();
    }
    std::string_view what() const noexcept override { return "sender.send"; }

private:
    friend base;
    detail::home_loop* home() const noexcept { return core_ ? &core_->home : nullptr; }
    bool begin() {
        this->refused_ = !core_ || !core_->has_receivers();
        if (this->refused_ || core_->send_now(*this->item_)) return true;
        core_->block(*this);
        return false;
    }

    detail::channel_ref<T> core_;
};

template <class T>
class sender<T>::reserve_awaiter final : public detail::sync_awaiter<reserve_awaiter, detail::room_waiter<T>> {
    using base = detail::sync_awaiter<reserve_awaiter, detail::room_waiter<T>>;

public:
    explicit reserve_awaiter(detail::channel_ref<T> core) noexcept : core_(std::move(core)) {}

    permit await_resume() {
        const bool reserved = this->settle();
        if (!reserved) detail::throw_channel_closed();
        return permit(std::move(core_));
    }
    void cancel() noexcept override {
        base::cancel();
        core_->end_if_over();
    }
    std::string_view what() const noexcept override { return "sender.reserve"; }

private:
    friend base;
    detail::home_loop* home() const noexcept { return core_ ? &core_->home : nullptr; }
    bool begin() {
        this->refused_ = !core_ || !core_->has_receivers();
        if (this->refused_ || core_->reserve_now()) return true;
        core_->block(*this);
        return false;
    }

    detail::channel_ref<T> core_;
};

}  // namespace gyre
