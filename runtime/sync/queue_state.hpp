#pragma once
#include <gyre/runtime/sync/gate.hpp>
#include <gyre/runtime/sync/wait_list.hpp>

#include <cstddef>

namespace gyre::detail {

// What a queue is apart from its items.
// Thread: the loop's.
class queue_state {
public:
    queue_state(const queue_state&) = delete;

    // 0: unbounded.
    std::size_t max_size() const noexcept { return max_size_; }
    // After shutdown().
    bool is_shut_down() const noexcept { return shut_down_; }

    // Says that the work on one item that was got is done; when that is so for every item that was put, join() returns.
    // Throws: invalid_state_error when called more often than items were put, or in another loop's thread while tasks wait in join().
    void task_done();

    // Waits until task_done() was called for every item.
    // Cancel: at once, nothing is lost. Throws: invalid_state_error for a task of another loop.
    gate_awaiter join() noexcept { return finished_.pass("queue.join"); }

protected:
    explicit queue_state(std::size_t max_size);
    ~queue_state() = default;

    void count_item() noexcept {
        ++unfinished_;
        finished_.close();
    }
    // No more puts, and no more waiting.
    void turn_away();
    // Items were thrown away that nobody will work on.
    void count_dropped(std::size_t items);
    void require_own_thread(const char* what) const {
        if (!getters_.empty() || !putters_.empty()) home_.require_own_thread(what);
    }
    [[noreturn]] static void throw_shut_down();
    [[noreturn]] void throw_empty() const;
    [[noreturn]] void throw_full() const;

    home_loop home_;
    wait_list getters_;  // empty unless the queue is
    wait_list putters_;  // empty unless the queue is full
    std::size_t max_size_;
    bool shut_down_ = false;

private:
    std::size_t unfinished_ = 0;
    gate finished_{true};
};

}  // namespace gyre::detail
