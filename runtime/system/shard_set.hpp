#pragma once
#include <gyre/runtime/loop/event_loop.hpp>

#include <atomic>
#include <cstddef>
#include <deque>
#include <thread>
#include <vector>

namespace gyre::detail {

// The loops and threads behind `shards`; shared with calls from outside, which may outlast it.
class shard_set {
public:
    static constexpr std::size_t none = static_cast<std::size_t>(-1);

    // Throws: as event_loop's constructor; std::system_error when no thread can be had.
    shard_set(std::size_t count, const loop_options& options);
    shard_set(const shard_set&) = delete;
    ~shard_set() { stop(); }

    // Takes no more calls, cancels what is left, and waits for the threads. Idempotent.
    void stop() noexcept;

    std::size_t size() const noexcept { return loops_.size(); }
    // Throws: std::out_of_range.
    event_loop& loop(std::size_t shard);
    const std::atomic<bool>& open() const noexcept { return open_; }

    // Of the calling thread; null and `none` where it is no shard's.
    static const shard_set* current_set() noexcept;
    static std::size_t current_shard() noexcept;

private:
    void run(std::size_t shard, int core) noexcept;

    std::deque<event_loop> loops_;
    std::vector<std::thread> threads_;
    std::atomic<bool> open_ = true;
};

}  // namespace gyre::detail
