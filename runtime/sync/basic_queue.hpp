#pragma once
#include <gyre/runtime/sync/queue_state.hpp>
#include <gyre/runtime/sync/ring_buffer.hpp>

#include <cstddef>
#include <optional>
#include <string_view>
#include <utility>

namespace gyre::detail {

// Items on their way from tasks that put to tasks that get, on one loop. First come, first served on both sides: an item goes
// straight to the getter that has waited longest, a place to the putter. `Store` (push, pop, size) decides which item is
// next. Destroy it when nobody waits on it.
// Thread: the loop's.
template <class T, class Store = ring_buffer<T>>
class basic_queue : public queue_state {
    template <bool Ends>
    class get_awaiter;
    class put_awaiter;

public:
    using value_type = T;

    // Throws: invalid_state_error for a negative size. 0: unbounded.
    explicit basic_queue(std::size_t max_size = 0) : queue_state(max_size) {}

    // Puts the item in, when there is room.
    // Cancel: leaves the line, and the item is lost with the call; a put that came first stays and the request stays pending.
    // Throws: queue_shut_down, and the item is lost; invalid_state_error for a task of another loop.
    put_awaiter put(T item) { return put_awaiter(*this, std::move(item)); }

    // Gives the next item.
    // Cancel: leaves the line; lossless, an item that came first is delivered and the request stays pending.
    // Throws: queue_shut_down when it is shut down and empty; invalid_state_error for a task of another loop.
    get_awaiter<false> get() noexcept { return get_awaiter<false>(*this); }
    // The same; nullopt when it is shut down and empty. That makes a queue an async iterator.
    get_awaiter<true> next() noexcept { return get_awaiter<true>(*this); }

    // put() and get() of what can be done at once.
    // Throws: queue_full, queue_shut_down, and the item is lost; invalid_state_error in another loop's thread while tasks wait.
    void put_nowait(T item) {
        if (!try_put(std::move(item))) throw_full();
    }
    // Throws: queue_empty, queue_shut_down; invalid_state_error as put_nowait().
    T get_nowait() {
        if (store_.size() == 0) throw_empty();
        return take();
    }

    // False when it is full or shut down; the item then stays with the caller.
    // Throws: invalid_state_error in another loop's thread while tasks wait.
    bool try_put(T&& item) {
        require_own_thread("queue.try_put()");
        return !shut_down_ && accept(item);
    }
    // nullopt when it is empty.
    std::optional<T> try_get() {
        if (store_.size() == 0) return std::nullopt;
        return std::optional<T>(std::in_place, take());
    }

    // Items in it; not those on their way to a task that was woken.
    std::size_t size() const noexcept { return store_.size(); }
    bool empty() const noexcept { return store_.size() == 0; }
    bool full() const noexcept { return max_size_ != 0 && store_.size() >= max_size_; }

    // Ends it, as Python 3.13's: put() throws queue_shut_down from now on, also where it waits; get() still gives what is in
    // it, then throws too. `immediate` throws away what is in it, and counts it as done for join(). Idempotent.
    // Throws: invalid_state_error in another loop's thread while tasks wait.
    void shutdown(bool immediate = false) {
        turn_away();
        if (!immediate) return;
        const Store dropped = std::exchange(store_, Store());
        count_dropped(dropped.size());
    }
    // As shutdown().
    void close() { shutdown(); }

private:
    // An item finds its getter or its place; false when it is full.
    bool accept(T& item) {
        if (!getters_.empty()) {
            getter& first = static_cast<getter&>(getters_.front());
            first.item_.emplace(std::move(item));
            first.grant();
        } else if (full()) {
            return false;
        } else {
            store_.push(std::move(item));
        }
        count_item();
        return true;
    }
    T take() {
        if (putters_.empty()) return store_.pop();
        require_own_thread("queue.get_nowait()");
        T item = store_.pop();
        putter& first = static_cast<putter&>(putters_.front());
        store_.push(std::move(first.item_));
        count_item();
        first.grant();
        return item;
    }

    struct getter : waiter {
        std::optional<T> item_;
    };
    struct putter : waiter {
        explicit putter(T&& item) : item_(std::move(item)) {}
        putter(putter&&) = default;
        T item_;
    };

    Store store_;
};

template <class T, class Store>
class basic_queue<T, Store>::put_awaiter final : public sync_awaiter<put_awaiter, putter> {
    using base = sync_awaiter<put_awaiter, putter>;

public:
    put_awaiter(basic_queue& q, T&& item) : base(std::move(item)), queue_(q) {}

    void await_resume() {
        const bool put = this->settle();
        if (!put) throw_shut_down();
    }
    std::string_view what() const noexcept override { return "queue.put"; }

private:
    friend base;
    home_loop* home() const noexcept { return &queue_.home_; }
    bool begin() {
        this->refused_ = queue_.shut_down_;
        if (this->refused_ || queue_.accept(this->item_)) return true;
        queue_.putters_.push(*this);
        return false;
    }

    basic_queue& queue_;
};

template <class T, class Store>
template <bool Ends>
class basic_queue<T, Store>::get_awaiter final : public sync_awaiter<get_awaiter<Ends>, getter> {
    using base = sync_awaiter<get_awaiter, getter>;

public:
    explicit get_awaiter(basic_queue& q) noexcept : queue_(q) {}

    auto await_resume() {
        const bool got = this->settle();
        if constexpr (Ends) {
            static_cast<void>(got);
            return std::move(this->item_);
        } else {
            if (!got) throw_shut_down();
            return T(std::move(*this->item_));
        }
    }
    std::string_view what() const noexcept override { return "queue.get"; }

private:
    friend base;
    home_loop* home() const noexcept { return &queue_.home_; }
    bool begin() {
        if (queue_.store_.size() != 0) {
            this->item_.emplace(queue_.take());
            return true;
        }
        this->refused_ = queue_.shut_down_;
        if (this->refused_) return true;
        queue_.getters_.push(*this);
        return false;
    }

    basic_queue& queue_;
};

}  // namespace gyre::detail
