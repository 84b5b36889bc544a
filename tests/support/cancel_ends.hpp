// Whether a cancel ends a task.
#pragma once
#include <gyre/runtime/runtime.hpp>

#include <chrono>
#include <utility>

namespace gyre::test {

// Starts it, cancels it after a while, and gives whether it has ended cancelled when another while has passed. For virtual time.
template <class T>
task<bool> cancel_ends(task<T> work, time_span after = std::chrono::milliseconds(1), time_span within = std::chrono::milliseconds(1)) {
    future<T> f = spawn(std::move(work));
    co_await sleep(after);
    f.cancel();
    co_await sleep(within);
    co_return f.cancelled();
}

}  // namespace gyre::test
