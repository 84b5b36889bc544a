#pragma once
#include <gyre/runtime/sync/gate.hpp>

#include <cstddef>
#include <string_view>

namespace gyre {

// Counts down once, to zero; tasks of one loop wait for that. std::latch with co_await.
// Thread: the loop's.
class latch {
public:
    class arrive_awaiter;

    // Throws: invalid_state_error for a negative number.
    explicit latch(std::size_t count);
    latch(const latch&) = delete;

    // At zero all who wait go on.
    // Throws: invalid_state_error for more than is left to count, or at zero in another loop's thread while tasks wait.
    void count_down(std::size_t n = 1);

    // True when the count is zero. Never fails for no reason, as std::latch's may.
    bool try_wait() const noexcept { return gate_.is_open(); }

    // Waits until the count is zero.
    // Cancel: at once, nothing is lost. Throws: invalid_state_error for a task of another loop.
    detail::gate_awaiter wait() noexcept { return gate_.pass("latch.wait"); }

    // Counts down by one and waits until the count is zero.
    // Cancel: at once, and what was counted is not lost; a request that is pending before it ends it before it counts.
    // Throws: as count_down() and wait().
    arrive_awaiter arrive_and_wait() noexcept;

private:
    std::size_t count_;
    detail::gate gate_;
};

class latch::arrive_awaiter final : public detail::sync_awaiter<arrive_awaiter> {
public:
    explicit arrive_awaiter(latch& l) noexcept : latch_(l) {}

    void await_resume() { settle(); }
    std::string_view what() const noexcept override { return "latch.arrive_and_wait"; }

private:
    friend sync_awaiter;
    detail::home_loop* home() const noexcept { return latch_.gate_.home(); }
    bool begin() {
        latch_.count_down();
        return latch_.gate_.enter(*this);
    }

    latch& latch_;
};

inline latch::arrive_awaiter latch::arrive_and_wait() noexcept { return arrive_awaiter(*this); }

}  // namespace gyre
