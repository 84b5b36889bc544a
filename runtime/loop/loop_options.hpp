#pragma once
#include <gyre/runtime/coroutine/chrono.hpp>

#include <cstddef>
#include <cstdint>
#include <string>

namespace gyre {

using duration = std::chrono::nanoseconds;
using time_point = std::chrono::steady_clock::time_point;

struct loop_options {
    loop_options() {}  // not an aggregate: g++ 12 destroys aggregate temporaries in co_await expressions twice

    std::string backend;  // "uring" (Linux 5.11 or later), "asio"; "": GYRE_BACKEND, else uring, else asio
    // Reports, one line each, to stderr or to debug::set_report_handler(); tasks that are ready together run in random order. Also
    // GYRE_DEBUG=1.
    bool debug = false;
    duration slow_step = std::chrono::milliseconds(100);  // debug mode: longer ones are reported
    // The clock stands still while a task can run, and jumps to the next timer when all wait: for tests, where sleep(1h) takes no
    // time. Work in other threads is waited for. I/O with a peer in the same loop completes before the clock moves; when I/O that
    // is in flight has been silent for 20 ms it is taken to wait for a timer too.
    bool virtual_time = false;
    bool shuffle = true;  // debug mode: false keeps ready tasks in line
    // Of what is random: debug mode's schedule, a simulation. 0: GYRE_DEBUG_SEED, else another each time.
    std::uint64_t seed = 0;
};

// Counters since the loop was made, and what it holds now.
struct loop_stats {
    std::uint64_t ticks = 0;       // turns of the loop
    std::uint64_t steps = 0;       // resumed tasks and called callbacks
    std::uint64_t callbacks = 0;   // callbacks among them
    std::uint64_t operations = 0;  // I/O operations started
    std::uint64_t wakeups = 0;     // waits that ended
    std::size_t tasks = 0;         // not ended, children of structured calls included
    std::size_t timers = 0;        // armed
    std::size_t in_flight = 0;     // I/O operations not completed
    std::size_t frames_bytes = 0;  // coroutine frames and task records that this thread allocated, less those it freed
};

}  // namespace gyre
