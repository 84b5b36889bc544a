#pragma once
#include <gyre/runtime/sync/ring_buffer.hpp>
#include <gyre/runtime/system/thread_waiter.hpp>

#include <cstddef>
#include <mutex>
#include <optional>
#include <utility>

namespace gyre::detail {

// Throws invalid_state_error where a loop runs in this thread, which a wait would hold up.
void require_plain_thread(const char* what, const char* instead);

// Who waits at a channel between threads, with the item it sends or gets.
template <class T>
struct item_waiter : thread_waiter {
    explicit item_waiter(branch* task = nullptr) noexcept : thread_waiter(task) {}
    std::optional<T> item;
};

// What the ends of a channel between threads share: a buffer, those who wait for an item (when it is empty) and those who wait for
// room (when it is full).
template <class T>
class thread_channel_core {
public:
    explicit thread_channel_core(std::size_t capacity) noexcept : capacity_(capacity) {}

    // --- the ends
    void add_sender() noexcept { count(senders_); }
    void add_receiver() noexcept { count(receivers_); }
    void drop_sender() noexcept {
        woken_waiters woken;
        const std::lock_guard lock(mutex_);
        if (--senders_ == 0) woken.refuse_all(receiving_);
    }
    void drop_receiver() noexcept {
        woken_waiters woken;
        const std::lock_guard lock(mutex_);
        if (--receivers_ != 0) return;
        woken.refuse_all(sending_);
        woken.refuse_all(receiving_);
    }
    bool has_receivers() const noexcept {
        const std::lock_guard lock(mutex_);
        return receivers_ != 0;
    }
    bool over() const noexcept {
        const std::lock_guard lock(mutex_);
        return items_.empty() && sending_.empty() && (senders_ == 0 || receivers_ == 0);
    }

    // --- sending w.item. True when it has gone, or was refused; else w stands in line.
    bool send(item_waiter<T>& w) {
        woken_waiters woken;
        const std::lock_guard lock(mutex_);
        return send_or_wait(w, woken);
    }
    void send_blocking(item_waiter<T>& w) {
        woken_waiters woken;
        std::unique_lock lock(mutex_);
        if (!send_or_wait(w, woken)) w.block(lock);
    }
    // False, and the item untouched, when there is neither room nor receiver.
    bool try_send(T& item) {
        woken_waiters woken;
        const std::lock_guard lock(mutex_);
        return receivers_ != 0 && deliver(item, woken);
    }

    // --- receiving into w.item. `open`: waits for what is sent later.
    bool receive(item_waiter<T>& w, bool open) {
        woken_waiters woken;
        const std::lock_guard lock(mutex_);
        return receive_or_wait(w, open, woken);
    }
    void receive_blocking(item_waiter<T>& w, bool open) {
        woken_waiters woken;
        std::unique_lock lock(mutex_);
        if (!receive_or_wait(w, open, woken)) w.block(lock);
    }
    std::optional<T> try_receive() {
        woken_waiters woken;
        const std::lock_guard lock(mutex_);
        return take(woken);
    }

    // A cancel: false when the wait has ended already, and its end is on its way.
    bool withdraw(item_waiter<T>& w) noexcept {
        const std::lock_guard lock(mutex_);
        return w.withdraw();
    }

private:
    using line = intrusive_list<thread_waiter>;

    void count(std::size_t& ends) noexcept {
        const std::lock_guard lock(mutex_);
        ++ends;
    }
    static item_waiter<T>& first(line& waiting) noexcept { return static_cast<item_waiter<T>&>(waiting.front()); }
    static void stand(item_waiter<T>& w, line& in) noexcept {
        w.prepare();
        in.push_back(w);
    }

    bool send_or_wait(item_waiter<T>& w, woken_waiters& woken) {
        if (receivers_ == 0)
            w.refuse_at_once();
        else if (!deliver(*w.item, woken)) {
            stand(w, sending_);
            return false;
        }
        return true;
    }
    bool deliver(T& item, woken_waiters& woken) {
        if (!receiving_.empty()) {
            item_waiter<T>& receiver = first(receiving_);
            receiver.item.emplace(std::move(item));
            woken.grant(receiver);
            return true;
        }
        if (items_.size() >= capacity_) return false;
        items_.push(std::move(item));
        return true;
    }
    bool receive_or_wait(item_waiter<T>& w, bool open, woken_waiters& woken) {
        w.item = take(woken);
        if (w.item) return true;
        if (senders_ != 0 && open) {
            stand(w, receiving_);
            return false;
        }
        w.refuse_at_once();
        return true;
    }
    // The next item, whose place goes to the first sender in line.
    std::optional<T> take(woken_waiters& woken) {
        std::optional<T> item;
        if (!items_.empty()) {
            item.emplace(items_.pop());
            if (!sending_.empty()) items_.push(take_from_sender(woken));
        } else if (!sending_.empty()) {
            item.emplace(take_from_sender(woken));
        }
        return item;
    }
    T take_from_sender(woken_waiters& woken) {
        item_waiter<T>& sender = first(sending_);
        T item(std::move(*sender.item));
        woken.grant(sender);
        return item;
    }

    mutable std::mutex mutex_;
    ring_buffer<T> items_;
    line receiving_;  // empty unless the buffer is
    line sending_;    // empty unless the buffer is full
    const std::size_t capacity_;
    std::size_t senders_ = 1;
    std::size_t receivers_ = 1;
};

}  // namespace gyre::detail
