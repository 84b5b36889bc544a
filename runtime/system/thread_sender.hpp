#pragma once
#include <gyre/runtime/sync/channel_core.hpp>
#include <gyre/runtime/system/thread_channel_awaiter.hpp>

#include <concepts>
#include <memory>
#include <string_view>
#include <utility>

namespace gyre {

// The sending end of a thread_channel. Copies are counted: when the last one is closed or gone, receivers get what is left and then
// the end. One that was made by default or moved from is closed.
// Thread: any; one handle is one thread's at a time, so give each thread a copy.
template <class T>
class thread_sender {
    class send_awaiter;
    using core_ptr = std::shared_ptr<detail::thread_channel_core<T>>;

public:
    using value_type = T;

    thread_sender() noexcept = default;
    thread_sender(const thread_sender& other) noexcept : core_(other.core_) {
        if (core_) core_->add_sender();
    }
    thread_sender(thread_sender&&) noexcept = default;
    thread_sender& operator=(thread_sender other) noexcept {
        std::swap(core_, other.core_);
        return *this;
    }
    ~thread_sender() { close(); }

    // Sends the item, when there is room; with capacity 0, when a receiver takes it. For tasks.
    // Cancel: leaves the line, and the item is lost with the call; an item that went first is received and the request stays pending.
    // Thread: a loop's. Throws: channel_closed when no receiver is left, or none takes the item any more, which is then lost.
    send_awaiter send(T item) { return send_awaiter(core_, std::move(item)); }

    // The same for a thread that runs no loop: blocks.
    // Thread: any that runs no loop. Throws: channel_closed, and the item is lost; invalid_state_error in a loop's thread.
    void blocking_send(T item) {
        detail::require_plain_thread("thread_sender.blocking_send()", "send()");
        detail::item_waiter<T> waiter;
        waiter.item.emplace(std::move(item));
        if (core_)
            core_->send_blocking(waiter);
        else
            waiter.refuse_at_once();
        if (waiter.refused()) detail::throw_channel_closed();
    }

    // False when there is no room, or the channel is closed; the item then stays with the caller. Never blocks.
    // Throws: what moving a T throws.
    bool try_send(T&& item) { return core_ && core_->try_send(item); }
    bool try_send(const T& item)
        requires std::copy_constructible<T>
    {
        T copy(item);
        return try_send(std::move(copy));
    }

    // Nothing more is sent from here. Idempotent.
    void close() noexcept {
        if (!core_) return;
        core_->drop_sender();
        core_ = nullptr;
    }
    // True when sending makes no sense any more: closed here, or no receiver is left.
    bool closed() const noexcept { return !core_ || !core_->has_receivers(); }

    // For the library.
    explicit thread_sender(core_ptr core) noexcept : core_(std::move(core)) {}

private:
    core_ptr core_;
};

template <class T>
class thread_sender<T>::send_awaiter final : public detail::thread_channel_awaiter<send_awaiter, T> {
    using base = detail::thread_channel_awaiter<send_awaiter, T>;

public:
    send_awaiter(core_ptr core, T&& item) : base(std::move(core)) { this->item.emplace(std::move(item)); }

    void await_resume() {
        const bool sent = this->settle();
        if (!sent) detail::throw_channel_closed();
    }
    std::string_view what() const noexcept override { return "thread_sender.send"; }

private:
    friend base;
    bool begin(detail::thread_channel_core<T>& core) { return core.send(*this); }
};

}  // namespace gyre
