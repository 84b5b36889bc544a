// asyncio: Condition, Queue, Queue.join().
//
// Three processors take orders from a queue. Each order needs parts, and the processors wait on a condition until the store has them.
#include "tour.hpp"

#include <gyre/runtime/runtime.hpp>

#include <chrono>
#include <cstdio>
#include <string>
#include <vector>

using namespace std::chrono_literals;

namespace {

struct order {
    int number;
    int parts;
};

struct store {
    gyre::mutex mutex;
    gyre::condition_variable delivered;
    int parts = 0;
};

gyre::task<> process_orders(std::string name, gyre::queue<order>& orders, store& stock) {
    while (true) {
        // get() that ends: nullopt when the queue is shut down and empty. (In Python 3.13: except QueueShutDown.)
        const auto next = co_await orders.next();
        if (!next) co_return;
        {
            // async with condition: await condition.wait_for(predicate). The guard releases the lock at the end of the block.
            auto held = co_await stock.mutex.lock();
            co_await stock.delivered.wait(held, [&] { return stock.parts >= next->parts; });
            stock.parts -= next->parts;
            std::printf("%s packs order %d with %d parts, %d are left\n", name.c_str(), next->number, next->parts, stock.parts);
        }
        co_await gyre::sleep(1s);
        orders.task_done();
    }
}

gyre::task<> deliver(store& stock) {
    for (int day = 1; day <= 4; ++day) {
        co_await gyre::sleep(10s);
        const auto held = co_await stock.mutex.lock();
        stock.parts += 3;
        std::printf("delivery: there are %d parts\n", stock.parts);
        stock.delivered.notify_all();
    }
}

gyre::task<> close_when_done(gyre::queue<order>& orders) {
    co_await orders.join();  // until task_done() was called for each
    std::puts("all orders are packed");
    orders.shutdown();  // ends the processors
}

gyre::task<> amain() {
    gyre::queue<order> orders;
    store stock;
    for (int i = 1; i <= 6; ++i) orders.put_nowait(order{i, 2});
    co_await gyre::gather(process_orders("Ann", orders, stock), process_orders("Bob", orders, stock), process_orders("Cid", orders, stock),
                          deliver(stock), close_when_done(orders));
}

}  // namespace

int main() { gyre::run(amain(), tour_options()); }
