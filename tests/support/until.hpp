// Waiting in a test for something that other tasks, or the kernel, bring about: by looking, not by hoping for a time.
#pragma once
#include <gyre/runtime/runtime.hpp>

#include <chrono>
#include <stdexcept>

#include "support/stopwatch.hpp"

namespace gyre::test {

// Loop turns until the condition holds; fails the test when that takes too long.
template <class Condition>
task<> until(Condition holds) {
    const wall_stopwatch watch;
    // Virtual time jumps from timer to timer, and waits a little before each jump while there is I/O.
    const std::chrono::milliseconds step(event_loop::current().state().options().virtual_time ? 250 : 1);
    while (!holds()) {
        if (watch.elapsed() > std::chrono::seconds(30)) throw std::runtime_error("what the test waits for does not happen");
        co_await sleep(step);
    }
}

// Loop turns until the number stays as it is: whoever changes it waits for something else.
template <class Number>
task<> until_settled(Number number) {
    constexpr int enough = 200;
    auto before = number();
    for (int unchanged = 0; unchanged < enough; ++unchanged) {
        co_await yield();
        const auto now = number();
        if (now != before) unchanged = 0;
        before = now;
    }
}

}  // namespace gyre::test
