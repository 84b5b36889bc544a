// A generator for tests of async iteration, which says whether its frame is still there.
#pragma once
#include <gyre/runtime/runtime.hpp>

#include <gyre/runtime/testing/live_object.hpp>

#include <chrono>

namespace gyre::test {

struct generator_frame;
using tracked = testing::live_object<generator_frame>;

// 0, 1, ... n - 1, a millisecond each.
inline async_generator<int> count(int n) {
    const tracked guard;
    for (int i = 0; i < n; ++i) {
        co_await sleep(std::chrono::milliseconds(1));
        co_yield i;
    }
}

}  // namespace gyre::test
