#pragma once
#include <gyre/runtime/coroutine/any_future.hpp>

#include <functional>
#include <string>

namespace gyre::debug {

enum class report_kind {
    never_awaited,     // a task was destroyed unstarted
    slow_step,         // a task or callback kept the loop busy for longer than loop_options::slow_step
    swallowed_cancel,  // a task was cancelled, caught that and ended normally
    leftover,          // a task had not ended, or an error had not been retrieved, when its loop closed
    shuffled,          // the seed by which a loop shuffles its schedule
};

// What debug mode has found.
struct report {
    report() {}

    report_kind kind = report_kind::never_awaited;
    std::string message;  // one line
    any_future task;      // empty when it is about none
};

}  // namespace gyre::debug

namespace gyre::detail {

// GYRE_DEBUG is set, and not to 0.
bool debug_by_environment() noexcept;

// Who is told; an empty function prints a line to stderr.
void set_report_handler(std::function<void(const debug::report&)> fn);

// Never throws, whatever the handler does.
void send_report(debug::report_kind kind, std::string message, future_core* task = nullptr) noexcept;

}  // namespace gyre::detail
