#pragma once
#include <gyre/runtime/coroutine/task.hpp>
#include <gyre/runtime/loop/loop_options.hpp>

#include <cstddef>
#include <functional>

namespace gyre::testing {

// Runs script() again and again, each time on a fresh loop, and cancels the k-th run after the k-th turn of the loop: once at
// every point where the script waits. Ends with the first run that is done before its cancel. What the script throws when it is
// cancelled is dropped; a run that ends with another error stops the driver with that error.
// `after_each` is called after every run, when its loop is closed: the place to check that nothing is left.
// Returns: the number of runs that were cancelled.
// Thread: any that runs no loop.
// Throws: std::runtime_error when a run is still not done after 100,000 turns more (a lost wake-up, a hang), naming where it waits; what
// the script and after_each throw; as event_loop's constructor and run_until_complete().
std::size_t cancel_at_every_await(const std::function<task<>()>& script, const std::function<void()>& after_each = {},
                                  loop_options options = loop_options());

}  // namespace gyre::testing
