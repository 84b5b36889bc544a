#pragma once
#include <gyre/runtime/sync/gate.hpp>

namespace gyre {

// A flag that tasks of one loop wait for. Whoever waits when it is set goes on, also when it is cleared again at once.
// Thread: the loop's.
class event {
public:
    event() noexcept : gate_(false) {}
    event(const event&) = delete;

    // Waits until it is set.
    // Cancel: at once, nothing is lost: when set() came first the wait ends normally and the request stays pending.
    // Throws: invalid_state_error for a task of another loop.
    detail::gate_awaiter wait() noexcept { return gate_.pass("event.wait"); }

    // Sets it; all who wait go on, in the order they came.
    // Throws: invalid_state_error in another loop's thread while tasks wait.
    void set() { gate_.open("event.set()"); }
    void clear() noexcept { gate_.close(); }
    bool is_set() const noexcept { return gate_.is_open(); }

private:
    detail::gate gate_;
};

}  // namespace gyre
