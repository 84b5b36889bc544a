// asyncio: Lock. Tasks in one thread need no lock for what they do between two awaits; they do for what spans an await.
#include "tour.hpp"

#include <gyre/runtime/runtime.hpp>

#include <cstdio>
#include <utility>
#include <vector>

namespace {

gyre::task<> add_one(int& counter) {
    const int seen = counter;
    co_await gyre::yield();  // asyncio.sleep(0): all the others get their turn, and see the same number
    counter = seen + 1;
}

gyre::task<> add_one_locked(int& counter, gyre::mutex& lock) {
    const auto held = co_await lock.lock();  // async with lock:
    co_await add_one(counter);
}

gyre::task<> amain() {
    std::vector<gyre::task<>> tasks;
    int unprotected = 0;
    for (int i = 0; i < 100; ++i) tasks.push_back(add_one(unprotected));
    co_await gyre::gather(std::move(tasks));
    std::printf("100 tasks without a lock counted to %d\n", unprotected);

    gyre::mutex lock;
    int counter = 0;
    std::vector<gyre::task<>> locked;
    for (int i = 0; i < 100; ++i) locked.push_back(add_one_locked(counter, lock));
    co_await gyre::gather(std::move(locked));
    std::printf("100 tasks with a lock counted to %d\n", counter);
}

}  // namespace

int main() { gyre::run(amain(), tour_options()); }
