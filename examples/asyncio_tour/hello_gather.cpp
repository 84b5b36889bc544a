// asyncio: async def, await, asyncio.sleep(), asyncio.gather().
//
// A coroutine is a function that gives a gyre::task<T> and uses co_await. As in Python, calling it runs nothing yet: the task starts
// when it is awaited. co_await is Python's await.
#include "tour.hpp"

#include <gyre/runtime/runtime.hpp>

#include <chrono>
#include <cstdio>
#include <string>

using namespace std::chrono_literals;

namespace {

// Parameters are taken by value: a coroutine may outlive what a reference leads to.
gyre::task<> say_after(std::chrono::seconds delay, std::string what) {
    co_await gyre::sleep(delay);
    std::printf("%s\n", what.c_str());
}

gyre::task<> amain() {
    std::puts("One after the other, three seconds:");
    co_await say_after(2s, "hello");
    co_await say_after(1s, "world");

    std::puts("Both at once, two seconds:");
    co_await gyre::gather(say_after(2s, "hello"), say_after(1s, "world"));
}

}  // namespace

int main() { gyre::run(amain(), tour_options()); }
