#pragma once
#include <gyre/runtime/coroutine/task.hpp>
#include <gyre/runtime/loop/loop_options.hpp>

#include <exception>
#include <functional>
#include <stdexcept>
#include <string>
#include <vector>

// Thread: any that runs no loop.
namespace gyre::testing {

// What a test's run left behind. The message names the backend and each thing on a line of its own.
class failure : public std::runtime_error {
public:
    using std::runtime_error::runtime_error;
};

// Runs what body() gives on a fresh loop to its end, and closes the loop. body and what it refers to live as long.
// Returns: one line for each error that reached only the loop's exception handler, unless `known` is given and true for it,
// and for each file descriptor that is open after the loop closed and was not before. Empty: a clean run.
// Throws: what the coroutine throws, as it is, so that an assertion of any test framework does its work; as event_loop's constructor and
// close().
std::vector<std::string> inspect_run(const std::function<task<>()>& body, loop_options options = loop_options(),
                                     const std::function<bool(const std::exception_ptr&)>& known = {});

// The same as a test. options.backend decides where.
// Throws: failure unless the run was clean; as inspect_run().
void run_test(const std::function<task<>()>& body, loop_options options = loop_options());

// run_test() on each of backends(), one after the other. `announce` is called with each one's name before its run: the place to
// tell it to a test framework, as in UNSCOPED_INFO(name). When a run throws, the name of its backend goes to stderr and the
// exception on as it is; the backends after it are not tried.
// Inside the body, event_loop::current().backend_name() tells where it runs.
// Throws: as run_test() and backends(); what announce throws.
void run_on_every_backend(const std::function<task<>()>& body, loop_options options = loop_options(),
                          const std::function<void(const std::string& backend)>& announce = {});

}  // namespace gyre::testing
