#pragma once
#include <gyre/runtime/sync/receiver.hpp>
#include <gyre/runtime/sync/sender.hpp>

#include <cstddef>
#include <utility>

namespace gyre {

// Both ends of a channel. Thread: the loop's.
template <class T>
struct channel_ends {
    channel_ends() noexcept = default;
    channel_ends(sender<T> s, receiver<T> r) noexcept : tx(std::move(s)), rx(std::move(r)) {}

    sender<T> tx;
    receiver<T> rx;
};

// A channel between tasks of one loop that holds up to `capacity` items; with 0 each item goes from hand to hand. Unlike a
// queue it knows its ends, and closes when one side is gone.
//
//     auto [tx, rx] = gyre::channel<int>(16);
//
// Thread: any; the ends are then the loop's. Throws: invalid_state_error for a negative capacity.
template <class T>
channel_ends<T> channel(std::size_t capacity) {
    capacity = detail::checked_capacity(capacity, "a channel", 0);
    const detail::channel_ref<T> core(new detail::channel_core<T>(capacity));
    return channel_ends<T>(sender<T>(core), receiver<T>(core));
}

}  // namespace gyre
