#pragma once
#include <gyre/runtime/sync/wait_list.hpp>

#include <cstddef>
#include <string_view>

namespace gyre {

// A meeting point for a fixed number of tasks of one loop: each waits until all have come, then it is ready for the next
// round. Who came late for one round never slips into it: a round ends at the moment its last task comes.
// Thread: the loop's.
class barrier {
public:
    class wait_awaiter;

    // Throws: invalid_state_error for 0 parties, or a negative number.
    explicit barrier(std::size_t parties);
    barrier(const barrier&) = delete;

    // Waits until `parties` tasks wait; gives each another number, 0 to parties - 1, in the order they came, so that one
    // of them can do what is to be done once.
    // Cancel: the task leaves, and the round needs one more in its place. Lossless: when the round was full first, the wait
    // ends normally and the request stays pending.
    // Throws: broken_barrier_error; invalid_state_error for a task of another loop.
    wait_awaiter wait() noexcept;

    // Empty and whole again; broken_barrier_error is thrown to those who wait. Those of a full round go on normally.
    // Throws: invalid_state_error in another loop's thread while tasks wait.
    void reset();
    // Breaks it: broken_barrier_error is thrown to all who wait and who will, until reset().
    void abort();

    bool broken() const noexcept { return broken_; }
    std::size_t parties() const noexcept { return parties_; }
    // Tasks that wait for the round to fill.
    std::size_t waiting() const noexcept { return waiting_; }

private:
    // True when the round is full now.
    bool arrive();
    void turn_away(const char* what);

    detail::wait_list waiters_;
    detail::home_loop home_;
    std::size_t parties_;
    std::size_t waiting_ = 0;
    bool broken_ = false;
};

class barrier::wait_awaiter final : public detail::sync_awaiter<wait_awaiter> {
public:
    explicit wait_awaiter(barrier& b) noexcept : barrier_(b) {}

    std::size_t await_resume() {
        const bool met = settle();
        if (!met) throw_broken();
        return index_;
    }
    void cancel() noexcept override;
    std::string_view what() const noexcept override { return "barrier.wait"; }

private:
    friend sync_awaiter;
    friend barrier;
    detail::home_loop* home() const noexcept { return &barrier_.home_; }
    bool begin();
    [[noreturn]] static void throw_broken();

    barrier& barrier_;
    std::size_t index_ = 0;
};

inline barrier::wait_awaiter barrier::wait() noexcept { return wait_awaiter(*this); }

}  // namespace gyre
