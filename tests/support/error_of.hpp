#pragma once
#include <catch2/catch.hpp>
#include <gyre/runtime/runtime.hpp>

#include <optional>
#include <utility>

namespace gyre::test {

// What `action` throws, as E; fails the test when it is something else, or nothing. The action is the caller's temporary.
template <class E, class A>
task<E> error_of(A&& action) {
    std::optional<E> caught;
    try {
        co_await std::forward<A>(action);
    } catch (const E& e) {
        caught.emplace(e);
    }
    if (!caught) FAIL("nothing was thrown");
    co_return std::move(*caught);
}

}  // namespace gyre::test
