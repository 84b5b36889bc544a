#pragma once
#include <gyre/runtime/sync/channel_core.hpp>
#include <gyre/runtime/system/thread_channel_awaiter.hpp>

#include <memory>
#include <optional>
#include <string_view>
#include <utility>

namespace gyre {

// The receiving end of a thread_channel. Copies are counted and share the items: each goes to one of them, to the one that has
// waited longest. When the last one is closed or gone, senders get channel_closed.
// Thread: any; one handle is one thread's at a time, so give each thread a copy.
template <class T>
class thread_receiver {
    template <bool Ends>
    class receive_awaiter;
    using core_ptr = std::shared_ptr<detail::thread_channel_core<T>>;

public:
    using value_type = T;

    thread_receiver() noexcept = default;
    thread_receiver(const thread_receiver& other) noexcept : core_(other.core_), open_(other.open_) {
        if (open_) core_->add_receiver();
    }
    thread_receiver(thread_receiver&& other) noexcept : core_(std::move(other.core_)), open_(std::exchange(other.open_, false)) {}
    thread_receiver& operator=(thread_receiver other) noexcept {
        std::swap(core_, other.core_);
        std::swap(open_, other.open_);
        return *this;
    }
    ~thread_receiver() { close(); }

    // Gives the next item. For tasks.
    // Cancel: leaves the line; lossless, an item that came first is delivered and the request stays pending. Thread: a loop's.
    // Throws: channel_closed when every sender is closed and all was received.
    receive_awaiter<false> receive() noexcept { return receive_awaiter<false>(core_, open_); }
    // The same; nullopt at the end. That makes it an async iterator.
    receive_awaiter<true> next() noexcept { return receive_awaiter<true>(core_, open_); }

    // receive() and next() for a thread that runs no loop: they block.
    // Thread: any that runs no loop. Throws: as those; invalid_state_error in a loop's thread.
    T blocking_receive() {
        std::optional<T> item = blocking_next();
        if (!item) detail::throw_channel_closed();
        return std::move(*item);
    }
    std::optional<T> blocking_next() {
        detail::require_plain_thread("thread_receiver.blocking_receive()", "receive()");
        detail::item_waiter<T> waiter;
        if (core_) core_->receive_blocking(waiter, open_);
        return std::move(waiter.item);
    }

    // nullopt when there is nothing to receive now. Never blocks. Throws: what moving a T throws.
    std::optional<T> try_receive() { return core_ ? core_->try_receive() : std::optional<T>(); }

    // Wants no more from the senders. What they have sent can still be received. Idempotent.
    void close() noexcept {
        if (std::exchange(open_, false)) core_->drop_receiver();
    }
    // True when there is nothing left to receive and nothing will come.
    bool closed() const noexcept { return !core_ || core_->over(); }

    // For the library.
    explicit thread_receiver(core_ptr core) noexcept : core_(std::move(core)), open_(true) {}

private:
    core_ptr core_;
    bool open_ = false;
};

template <class T>
template <bool Ends>
class thread_receiver<T>::receive_awaiter final : public detail::thread_channel_awaiter<receive_awaiter<Ends>, T> {
    using base = detail::thread_channel_awaiter<receive_awaiter, T>;

public:
    receive_awaiter(core_ptr core, bool open) noexcept : base(std::move(core)), open_(open) {}

    auto await_resume() {
        const bool got = this->settle();
        if constexpr (Ends) {
            static_cast<void>(got);
            return std::move(this->item);
        } else {
            if (!got) detail::throw_channel_closed();
            return T(std::move(*this->item));
        }
    }
    std::string_view what() const noexcept override { return "thread_receiver.receive"; }

private:
    friend base;
    bool begin(detail::thread_channel_core<T>& core) { return core.receive(*this, open_); }

    bool open_;
};

}  // namespace gyre
