#pragma once
#include <gyre/runtime/combine/wait.hpp>
#include <gyre/runtime/coroutine/future.hpp>
#include <gyre/runtime/coroutine/task.hpp>

#include <utility>
#include <vector>

namespace gyre::test {

// Waits for the end of a future, whatever it is: neither throws nor cancels.
template <class T>
task<> until_ended(future<T> f) {
    std::vector<future<T>> one;
    one.push_back(std::move(f));
    co_await wait(std::move(one));
}

}  // namespace gyre::test
