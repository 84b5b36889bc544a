// asyncio: BoundedSemaphore. Five customers, two counters; and one release too many, which is an error.
#include "tour.hpp"

#include <gyre/runtime/runtime.hpp>

#include <chrono>
#include <cstdio>
#include <utility>
#include <vector>

using namespace std::chrono_literals;

namespace {

gyre::task<> buy_ticket(int customer, gyre::bounded_semaphore& counters) {
    // async with counters: the permit gives the counter back when it goes out of scope.
    const auto counter = co_await counters.acquire();
    std::printf("customer %d is served, %zu counters are free\n", customer, counters.available());
    co_await gyre::sleep(1s * customer);
    std::printf("customer %d has a ticket\n", customer);
}

gyre::task<> amain() {
    gyre::bounded_semaphore counters(2);
    std::vector<gyre::task<>> customers;
    for (int i = 1; i <= 5; ++i) customers.push_back(buy_ticket(i, counters));
    co_await gyre::gather(std::move(customers));

    try {
        counters.release();
    } catch (const gyre::invalid_state_error&) {
        std::puts("a third counter: refused");  // Python: ValueError: BoundedSemaphore released too many times
    }
}

}  // namespace

int main() { gyre::run(amain(), tour_options()); }
