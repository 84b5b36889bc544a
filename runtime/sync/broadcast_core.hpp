#pragma once
#include <gyre/runtime/coroutine/frame_allocator.hpp>
#include <gyre/runtime/coroutine/future_core.hpp>
#include <gyre/runtime/sync/channel_core.hpp>
#include <gyre/runtime/sync/ring_buffer.hpp>
#include <gyre/runtime/sync/wait_list.hpp>

#include <cstddef>
#include <cstdint>
#include <optional>
#include <utility>

namespace gyre::detail {

[[noreturn]] void throw_shared_subscription();

// Where a subscriber stands.
struct broadcast_place {
    broadcast_place() noexcept = default;
    broadcast_place(std::uint64_t n, std::size_t m) noexcept : next(n), missed(m) {}
    std::uint64_t next = 0;  // number of the item it gets next
    std::size_t missed = 0;  // items that were gone when it came for them
    bool taken = false;      // a task is waiting for the next one
};

// What the ends of a broadcast share: the last items, numbered.
template <class T>
class broadcast_core : public frame_allocated {
public:
    explicit broadcast_core(std::size_t capacity) noexcept : capacity_(capacity) {}

    void add_reference() noexcept { ++references_; }
    void release() noexcept {
        if (--references_ == 0) delete this;
    }

    void add_sender() noexcept { ++senders_; }
    void drop_sender() {
        if (--senders_ == 0) close();
    }
    // Gives the number of the first item it will see.
    std::uint64_t add_subscriber() noexcept {
        ++subscribers_;
        return end();
    }
    void drop_subscriber() noexcept {
        if (--subscribers_ != 0) return;
        first_ = end();
        const ring_buffer<T> dropped = std::exchange(items_, ring_buffer<T>());
    }
    std::size_t subscribers() const noexcept { return subscribers_; }

    std::size_t send(T&& item) {
        if (closed_) throw_channel_closed();
        if (subscribers_ == 0) return 0;
        require_own_thread("broadcast.send()");
        std::optional<T> oldest;
        if (items_.size() == capacity_) {
            oldest.emplace(items_.pop());
            ++first_;
        }
        items_.push(std::move(item));
        waiting_.grant_all();
        return subscribers_;
    }
    void close() {
        require_own_thread("broadcast.close()");
        closed_ = true;
        waiting_.grant_all();
    }

    // True when there is an item for it, or the end; else the waiter stands in line.
    bool enter(waiter& w, const broadcast_place& at) noexcept {
        if (at.next < end() || closed_) return true;
        waiting_.push(w);
        return false;
    }
    std::size_t lost_since(std::uint64_t next) const noexcept { return next < first_ ? static_cast<std::size_t>(first_ - next) : 0; }
    // A copy of its next item; nullopt at the end.
    std::optional<T> take(broadcast_place& at) const {
        const std::size_t lost = lost_since(at.next);
        at.missed += lost;
        at.next += lost;
        if (at.next == end()) return std::nullopt;
        std::optional<T> item(items_[static_cast<std::size_t>(at.next - first_)]);
        ++at.next;
        return item;
    }

    home_loop home;

private:
    ~broadcast_core() = default;

    std::uint64_t end() const noexcept { return first_ + items_.size(); }
    void require_own_thread(const char* what) const {
        if (!waiting_.empty()) home.require_own_thread(what);
    }

    ring_buffer<T> items_;
    wait_list waiting_;
    std::size_t capacity_;
    std::uint64_t first_ = 0;  // number of the oldest item
    std::size_t subscribers_ = 0;
    std::size_t senders_ = 1;
    std::uint32_t references_ = 1;
    bool closed_ = false;
};

}  // namespace gyre::detail
