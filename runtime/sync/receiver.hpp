#pragma once
#include <gyre/runtime/sync/channel_core.hpp>

#include <optional>
#include <string_view>
#include <utility>

namespace gyre {

// The receiving end of a channel. Copies are counted and share the items: each goes to one of them, to the one that has
// waited longest. When the last one is closed or gone, senders get channel_closed.
// Thread: the loop's.
template <class T>
class receiver {
    template <bool Ends>
    class receive_awaiter;

public:
    using value_type = T;

    receiver() noexcept = default;
    receiver(const receiver& other) noexcept : core_(other.core_), open_(other.open_) {
        if (open_) core_->add_receiver();
    }
    receiver(receiver&& other) noexcept : core_(std::move(other.core_)), open_(std::exchange(other.open_, false)) {}
    receiver& operator=(receiver other) noexcept {
        std::swap(core_, other.core_);
        std::swap(open_, other.open_);
        return *this;
    }
    ~receiver() {
        detail::release_or_report([this] { close(); });
    }

    // Gives the next item.
    // Cancel: leaves the line; lossless, an item that came first is delivered and the request stays pending.
    // Throws: channel_closed when every sender is closed and all was received; invalid_state_error for a task of another loop.
    receive_awaiter<false> receive() noexcept { return receive_awaiter<false>(core_, open_); }
    // The same; nullopt at the end. That makes it an async iterator.
    receive_awaiter<true> next() noexcept { return receive_awaiter<true>(core_, open_); }

    // nullopt when there is nothing to receive now.
    // Throws: invalid_state_error in another loop's thread while tasks wait.
    std::optional<T> try_receive() {
        std::optional<T> item;
        if (!core_) return item;
        core_->require_own_thread("receiver.try_receive()");
        core_->receive_now(item, false);
        return item;
    }

    // Wants no more from the senders. What they have sent, or have a permit to send, can still be received. Idempotent.
    // Throws: invalid_state_error in another loop's thread while tasks wait; the destructor reports that to the loop's exception handler.
    void close() {
        if (std::exchange(open_, false)) core_->drop_receiver();
    }
    // True when there is nothing left to receive and nothing will come.
    bool closed() const noexcept { return !core_ || core_->over(); }

    // For the library.
    explicit receiver(detail::channel_ref<T> core) noexcept : core_(std::move(core)), open_(true) {}

private:
    detail::channel_ref<T> core_;
    bool open_ = false;
};

template <class T>
template <bool Ends>
class receiver<T>::receive_awaiter final : public detail::sync_awaiter<receive_awaiter<Ends>, detail::receive_waiter<T>> {
    using base = detail::sync_awaiter<receive_awaiter, detail::receive_waiter<T>>;

public:
    receive_awaiter(detail::channel_ref<T> core, bool open) noexcept : core_(std::move(core)), open_(open) {}

    auto await_resume() {
        const bool got = this->settle();
        if constexpr (Ends) {
            static_cast<void>(got);
            return std::move(this->item_);
        } else {
            if (!got) detail::throw_channel_closed();
            return T(std::move(*this->item_));
        }
    }
    std::string_view what() const noexcept override { return "receiver.receive"; }

private:
    friend base;
    detail::home_loop* home() const noexcept { return core_ ? &core_->home : nullptr; }
    bool begin() {
        if (core_ && core_->receive_now(this->item_, true)) return true;
        // One that was closed while others are open does not compete for what is sent later.
        this->refused_ = !core_ || core_->over() || (!open_ && core_->has_receivers());
        if (this->refused_) return true;
        core_->wait(*this);
        return false;
    }

    detail::channel_ref<T> core_;
    bool open_;
};

}  // namespace gyre
