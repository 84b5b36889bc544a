// asyncio: loop.call_later() and TimerHandle.cancel(); Task.cancel() of a task that ticks.
#include "tour.hpp"

#include <gyre/runtime/runtime.hpp>

#include <chrono>
#include <cstdio>

using namespace std::chrono_literals;

namespace {

gyre::task<> tick() {
    try {
        for (int i = 1;; ++i) {
            co_await gyre::sleep(1s);
            std::printf("tick %d\n", i);
        }
    } catch (const gyre::cancelled_error&) {
        std::puts("the ticking stops");
        throw;  // cancelled_error is no std::exception, so catch (const std::exception&) does not swallow it by accident
    }
}

gyre::task<> amain() {
    auto& loop = gyre::event_loop::current();
    loop.call_later(2s, [] { std::puts("the first alarm rings"); });
    auto alarm = loop.call_later(4s, [] { std::puts("the second alarm rings: this is not printed"); });

    auto ticking = gyre::spawn(tick());
    co_await gyre::sleep(3500ms);
    alarm.cancel();
    ticking.cancel();
    try {
        co_await ticking;
    } catch (const gyre::cancelled_error&) {
        std::printf("cancelled: %s\n", ticking.cancelled() ? "yes" : "no");
    }
    co_await gyre::sleep(5s);
    std::puts("no second alarm");
}

}  // namespace

int main() { gyre::run(amain(), tour_options()); }
