#pragma once
#include <gyre/runtime/coroutine/frame_allocator.hpp>
#include <gyre/runtime/coroutine/future_core.hpp>
#include <gyre/runtime/sync/ring_buffer.hpp>
#include <gyre/runtime/sync/wait_list.hpp>

#include <cstddef>
#include <cstdint>
#include <optional>
#include <utility>

namespace gyre::detail {

[[noreturn]] void throw_channel_closed();
[[noreturn]] void throw_permit_used();
std::size_t checked_capacity(std::size_t capacity, const char* what, std::size_t least);

// A task that waits for an item.
template <class T>
struct receive_waiter : waiter {
    std::optional<T> item_;
};

// A task that waits for room: for its item, or, with none, for a permit.
template <class T>
struct room_waiter : waiter {
    room_waiter() noexcept = default;
    explicit room_waiter(T&& item) : item_(std::in_place, std::move(item)) {}
    room_waiter(room_waiter&&) = default;
    std::optional<T> item_;
};

// What the ends of a channel share. Permits and items together take up to `capacity` places; in one of capacity 0 there is a
// place for each receiver that waits.
template <class T>
class channel_core : public frame_allocated {
public:
    explicit channel_core(std::size_t capacity) noexcept : capacity_(capacity) {}

    void add_reference() noexcept { ++references_; }
    void release() noexcept {
        if (--references_ == 0) [[unlikely]]
            destroy();
    }

    // --- the ends
    void add_sender() noexcept { ++senders_; }
    void add_receiver() noexcept { ++receivers_; }
    void drop_sender() {
        require_own_thread("closing a sender");
        if (--senders_ == 0) end_if_over();
    }
    void drop_receiver() {
        require_own_thread("closing a receiver");
        if (--receivers_ != 0) return;
        blocked_.refuse_all();
        end_if_over();
    }
    bool has_receivers() const noexcept { return receivers_ != 0; }

    // --- sending
    // Into a waiting receiver's hands or the buffer; false when there is no room.
    bool send_now(T& item) {
        if (!has_room()) return false;
        deliver(std::move(item));
        return true;
    }
    bool reserve_now() noexcept {
        if (!has_room()) return false;
        ++permits_;
        return true;
    }
    void block(room_waiter<T>& w) noexcept { blocked_.push(w); }
    void send_reserved(T&& item) {
        require_own_thread("permit.send()");
        deliver(std::move(item));
        --permits_;
        serve();
        end_if_over();
    }
    void drop_permit() {
        require_own_thread("dropping a permit");
        --permits_;
        serve();
        end_if_over();
    }

    // --- receiving
    // `in_order`: not past those who wait for a permit.
    bool receive_now(std::optional<T>& into, bool in_order) {
        if (!items_.empty()) {
            into.emplace(items_.pop());
            if (!blocked_.empty()) serve();
            return true;
        }
        if (capacity_ != 0 || permits_ != 0 || !waiting_.empty()) return false;
        for (waiter& w : blocked_) {
            room_waiter<T>& sender = static_cast<room_waiter<T>&>(w);
            if (sender.item_) {
                into.emplace(std::move(*sender.item_));
                sender.grant();
                return true;
            }
            if (in_order) break;
        }
        return false;
    }
    void wait(receive_waiter<T>& w) {
        waiting_.push(w);
        serve();
    }
    // Nothing is left to receive, nor ever will be.
    bool over() const noexcept { return items_.empty() && permits_ == 0 && blocked_.empty() && (senders_ == 0 || receivers_ == 0); }
    // A wait for room was given up.
    void end_if_over() noexcept {
        if (over()) waiting_.refuse_all();
    }

    void require_own_thread(const char* what) const {
        if (!waiting_.empty() || !blocked_.empty()) home.require_own_thread(what);
    }

    home_loop home;

private:
    ~channel_core() = default;
    void destroy() noexcept { delete this; }

    bool has_room() const noexcept {
        const std::size_t taken = items_.size() + permits_;
        if (capacity_ != 0) return taken < capacity_;
        return taken == 0 ? !waiting_.empty() : taken < waiting_.size();
    }
    void deliver(T&& item) {
        if (waiting_.empty()) return items_.push(std::move(item));
        receive_waiter<T>& first = static_cast<receive_waiter<T>&>(waiting_.front());
        first.item_.emplace(std::move(item));
        first.grant();
    }
    // Room has come: for those who wait for it, in order.
    void serve() {
        while (!blocked_.empty() && has_room()) {
            room_waiter<T>& first = static_cast<room_waiter<T>&>(blocked_.front());
            if (first.item_)
                deliver(std::move(*first.item_));
            else
                ++permits_;
            first.grant();
        }
    }

    ring_buffer<T> items_;
    wait_list waiting_;  // empty unless the buffer is
    wait_list blocked_;  // empty unless there is no room
    std::size_t capacity_;
    std::size_t permits_ = 0;
    std::size_t senders_ = 1;
    std::size_t receivers_ = 1;
    std::uint32_t references_ = 1;
};

template <class T>
using channel_ref = core_ref<channel_core<T>>;

}  // namespace gyre::detail
