#pragma once
#include <gyre/runtime/system/thread_receiver.hpp>
#include <gyre/runtime/system/thread_sender.hpp>

#include <cstddef>
#include <memory>
#include <utility>

namespace gyre {

// Both ends of a channel between threads. Thread: any, one at a time.
template <class T>
struct thread_channel_ends {
    thread_channel_ends() noexcept = default;
    thread_channel_ends(thread_sender<T> s, thread_receiver<T> r) noexcept : tx(std::move(s)), rx(std::move(r)) {}

    thread_sender<T> tx;
    thread_receiver<T> rx;
};

// A channel between threads that holds up to `capacity` items; with 0 each item goes from hand to hand. Tasks of any loop await
// its ends, plain threads call the blocking_ forms. First come, first served, on both sides; a full one holds back who sends, an
// empty one who receives. Between tasks of one loop channel() does the same for less.
//
//     auto [tx, rx] = gyre::thread_channel<int>(16);
//
// Thread: any. Throws: invalid_state_error for a negative capacity.
template <class T>
thread_channel_ends<T> thread_channel(std::size_t capacity) {
    capacity = detail::checked_capacity(capacity, "a thread_channel", 0);
    const auto core = std::make_shared<detail::thread_channel_core<T>>(capacity);
    return thread_channel_ends<T>(thread_sender<T>(core), thread_receiver<T>(core));
}

}  // namespace gyre
