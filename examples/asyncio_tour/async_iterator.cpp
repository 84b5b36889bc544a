// asyncio: async generators and async for, __aiter__ and __anext__.
//
// An async generator uses co_yield beside co_await. Anything with a next() whose await gives a std::optional is an async iterator;
// nullopt is StopAsyncIteration.
#include "tour.hpp"

#include <gyre/runtime/runtime.hpp>

#include <chrono>
#include <cstdio>
#include <optional>

using namespace std::chrono_literals;

namespace {

// async def ticker(delay, to): for i in range(to): yield i; await asyncio.sleep(delay)
gyre::async_generator<int> ticker(std::chrono::seconds delay, int to) {
    for (int i = 0; i < to; ++i) {
        co_yield i;
        co_await gyre::sleep(delay);
    }
}

// class Countdown: __aiter__, __anext__
class countdown {
public:
    explicit countdown(int from) : left_(from) {}
    gyre::task<std::optional<int>> next() {
        if (left_ == 0) co_return std::nullopt;
        co_await gyre::sleep(1s);
        co_return left_--;
    }

private:
    int left_;
};

gyre::task<> amain() {
    // async for i in ticker(1, 3)
    auto ticks = ticker(1s, 3);
    while (true) {
        const auto i = co_await ticks.next();
        if (!i) break;
        std::printf("tick %d\n", *i);
    }

    countdown seconds(3);
    while (true) {
        const auto left = co_await seconds.next();
        if (!left) break;
        std::printf("%d...\n", *left);
    }
    std::puts("lift-off");
}

}  // namespace

int main() { gyre::run(amain(), tour_options()); }
