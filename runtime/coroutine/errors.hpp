#pragma once
#include <stdexcept>
#include <string>

namespace gyre {

// Thrown out of a co_await when the awaiting task has been asked to stop. Not a std::exception on purpose:
// `catch (const std::exception&)` must not swallow a cancel.
class cancelled_error {
public:
    cancelled_error() noexcept = default;
    const char* what() const noexcept;
};

// A deadline passed. The message says which.
class timeout_error : public std::runtime_error {
public:
    timeout_error();
    explicit timeout_error(const std::string& message);
};

// An object was used in a state that does not allow it: `result()` too early, `set_value` twice, a closed loop.
class invalid_state_error : public std::logic_error {
public:
    using std::logic_error::logic_error;
};

// A promise was destroyed before it was set.
class broken_promise_error : public std::logic_error {
public:
    broken_promise_error();
};

// get_nowait() of a queue with nothing in it.
class queue_empty : public std::runtime_error {
public:
    queue_empty();
};

// put_nowait() to a queue with no room.
class queue_full : public std::runtime_error {
public:
    queue_full();
};

// A queue that shutdown() has ended.
class queue_shut_down : public std::runtime_error {
public:
    queue_shut_down();
};

// The barrier was aborted, or reset while tasks waited.
class broken_barrier_error : public std::runtime_error {
public:
    broken_barrier_error();
};

// The other end of a channel is closed: no receiver is left, or every sender is gone and all was received.
class channel_closed : public std::runtime_error {
public:
    channel_closed();
};

}  // namespace gyre
