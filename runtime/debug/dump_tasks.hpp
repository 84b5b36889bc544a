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

// Every task of the loop that runs in this thread, as a tree, each with its stack of awaits (function, file, line), and, when it waits for
// a lock, who locked that (not known of a try_lock(); a guard that was moved to another task is still the first one's). A last line for
// each ring of tasks that wait for one another: "deadlock: 'a' -> 'b' -> 'a'".
// Thread: a loop's. Throws: invalid_state_error outside a running loop.
std::string dump_tasks();

// The stack of awaits of a task, outermost coroutine first. Empty for a promise, and for a task that has ended without an error.
// Of a task that failed: the stack that its error came through, across tasks that awaited one another. Of a task that runs now
// only what is known: the coroutine it began with and, in debug mode, the one that it last went on in.
// Thread: the task's loop's. Throws: invalid_state_error for an empty handle.
std::vector<await_frame> await_stack(const any_future& task);

}  // namespace gyre::debug
