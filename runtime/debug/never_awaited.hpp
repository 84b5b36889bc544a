#pragma once
#include <functional>
#include <string>

namespace gyre::debug {

// Who is told of a task that is destroyed unstarted ("coroutine hello() at main.cpp:12 was never awaited"), also outside
// debug mode; an empty function restores the default: a line to stderr, in debug mode only. One for the whole process; called in the
// thread that destroys the task. What it throws is dropped.
// Thread: any, at any time. Throws: std::bad_alloc.
void set_never_awaited_handler(std::function<void(const std::string& report)> fn);

}  // namespace gyre::debug
