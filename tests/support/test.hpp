// What a gyre test includes: Catch2, the runtime, and tests whose body is a coroutine.
//
//     GYRE_TEST("gather keeps order", "[gather]") {
//         const int first = co_await number(1);
//         REQUIRE(first == 1);
//     }
//
// The body runs on a fresh loop of the backend that GYRE_BACKEND names, uring by default. GYRE_TEST_VIRTUAL is the same under virtual
// time, where a sleep takes none. A failed REQUIRE leaves the body as an exception does. The test also fails when a background task's
// error reaches the loop's exception handler, or when a file descriptor outlives the loop. A body without any co_await needs a
// co_return at its end, to be a coroutine.
//
// Await first, then assert: REQUIRE(co_await f() == 3) puts Catch2's temporaries into an expression with co_await, which g++ 12
// miscompiles. Catch2's assertions are not thread-safe: from another thread, collect and assert later.
#pragma once
#include <catch2/catch.hpp>
#include <gyre/runtime/runtime.hpp>

#include <gyre/runtime/testing/testing.hpp>

#include "support/backend.hpp"
#include "support/stopwatch.hpp"

namespace gyre::test {
using testing::live_object;
using testing::open_file_descriptor_count;
using testing::open_file_descriptors;
using testing::opened_since;
}  // namespace gyre::test

#define GYRE_TEST_WITH(function, options, ...)                        \
    static ::gyre::task<> function();                                 \
    TEST_CASE(__VA_ARGS__) { ::gyre::test::run(&function, options); } \
    static ::gyre::task<> function()

#define GYRE_TEST(...) GYRE_TEST_WITH(INTERNAL_CATCH_UNIQUE_NAME(gyre_test_body_), ::gyre::test::options(), __VA_ARGS__)

#define GYRE_TEST_VIRTUAL(...) \
    GYRE_TEST_WITH(INTERNAL_CATCH_UNIQUE_NAME(gyre_test_body_), ::gyre::test::virtual_time_options(), __VA_ARGS__)
