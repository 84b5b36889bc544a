#pragma once
#include <atomic>
#include <thread>

#include "support/test.hpp"

namespace gyre::test {

// Seen from both sides of the wire.
struct remote_state {
    std::atomic<int> started = 0;
    std::atomic<int> ended = 0;
    std::atomic<int> cancelled = 0;
};

// Sleeps on its shard until it is cancelled.
inline task<> sleep_there(remote_state& state) {
    ++state.started;
    try {
        co_await sleep(std::chrono::hours(1));
    } catch (const cancelled_error&) {
        ++state.cancelled;
        throw;
    }
    ++state.ended;
}

// A task's wait for something that another thread counts.
inline task<> until(const std::atomic<int>& count, int n) {
    while (count < n) co_await sleep(std::chrono::microseconds(50));
}

}  // namespace gyre::test
