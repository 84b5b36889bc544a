#pragma once
#include <gyre/runtime/coroutine/any_future.hpp>

#include <source_location>
#include <string>
#include <vector>

namespace gyre::debug {

// One coroutine of a stack of awaits.
struct await_frame {
    await_frame() {}

    std::string function;
    std::source_location where;  // of the co_await it stands at; of the function when it has not started
};

// Every task of the loop that runs in this thread, as a tree, each with its stack of awaits (function, file, line).
// Thread: a loop's. Throws: invalid_state_error outside a running loop.
std::string dump_tasks();

// The stack of awaits of a task, outermost coroutine first; empty for a promise or when it has ended. The innermost frame of
// the task that runs now is the one it last suspended in.
std::vector<await_frame> await_stack(const any_future& task);

}  // namespace gyre::debug
