#pragma once
#include <chrono>
#include <gyre/runtime/runtime.hpp>

namespace gyre::test {

// Time by the wall since it was made.
class wall_stopwatch {
public:
    duration elapsed() const { return std::chrono::steady_clock::now() - start_; }

private:
    std::chrono::steady_clock::time_point start_ = std::chrono::steady_clock::now();
};

// Time by the current loop's clock since it was made: in a virtual-time test exactly what was slept.
class loop_stopwatch {
public:
    duration elapsed() const { return event_loop::current().time() - start_; }

private:
    time_point start_ = event_loop::current().time();
};

}  // namespace gyre::test
