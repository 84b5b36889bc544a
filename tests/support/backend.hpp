#pragma once
#include <functional>
#include <gyre/runtime/runtime.hpp>
#include <string>

namespace gyre::test {

// Name of the backend under test: GYRE_BACKEND, or "uring" when it is not set. ctest runs every test file on each backend.
std::string backend();

// Options of a loop on the backend under test.
loop_options options();
loop_options virtual_time_options();

// Runs what `body` gives on a fresh loop, as GYRE_TEST does: an exception comes out as it is; an error that only reached the loop's
// exception handler, or a file descriptor that is still open after the loop closed, fails the test.
// `body` is called once, while the loop exists; it and what it refers to live until the coroutine has ended.
void run(const std::function<task<>()>& body, loop_options with = options());

}  // namespace gyre::test
