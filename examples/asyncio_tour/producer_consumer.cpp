// asyncio: Queue(maxsize=2), put(), get(), task_done(), join(). A full queue slows the producer down to the consumer's speed.
#include "tour.hpp"

#include <gyre/runtime/runtime.hpp>

#include <chrono>
#include <cstdio>
#include <vector>

using namespace std::chrono_literals;

namespace {

gyre::task<> produce(gyre::queue<int>& queue) {
    for (int i = 1; i <= 6; ++i) {
        co_await queue.put(i);  // waits while the queue is full
        std::printf("produced %d\n", i);
    }
    co_await queue.join();  // until all of it was consumed
    std::puts("nothing is left");
}

gyre::task<> consume(gyre::queue<int>& queue) {
    while (true) {
        const int item = co_await queue.get();
        co_await gyre::sleep(1s);
        std::printf("              consumed %d\n", item);
        queue.task_done();
    }
}

gyre::task<> amain() {
    gyre::queue<int> queue(2);
    auto consumer = gyre::spawn(consume(queue));
    co_await produce(queue);
    consumer.cancel();  // it waits for items that will never come
    const std::vector waited_for{consumer};
    co_await gyre::wait(waited_for);
    std::printf("the consumer was cancelled: %s\n", consumer.cancelled() ? "yes" : "no");
}

}  // namespace

int main() { gyre::run(amain(), tour_options()); }
