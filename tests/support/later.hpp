// Tasks that end when a while has passed: what tests of combinators run.
#pragma once
#include <gyre/runtime/runtime.hpp>

#include <chrono>
#include <stdexcept>
#include <string>

namespace gyre::test {

inline task<int> later(int n, time_span d) {
    co_await sleep(d);
    co_return n;
}
// Waits until it is cancelled, and cleans up for that long then.
inline task<int> cleans_up(time_span d) {
    try {
        co_await sleep(std::chrono::hours(1));
    } catch (const cancelled_error&) {
    }
    co_await sleep(d);
    throw cancelled_error();
}
inline task<int> fails(std::string what, time_span d) {
    co_await sleep(d);
    throw std::runtime_error(what);
}

}  // namespace gyre::test
