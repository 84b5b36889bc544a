// Tasks that end when a while has passed: what tests of combinators run.
#pragma once
#include <gyre/runtime/runtime.hpp>

#include <stdexcept>
#include <string>

namespace gyre::test {

inline task<int> later(int n, time_span d) {
    co_await sleep(d);
    co_return n;
}
inline task<int> fails(std::string what, time_span d) {
    co_await sleep(d);
    throw std::runtime_error(what);
}

}  // namespace gyre::test
