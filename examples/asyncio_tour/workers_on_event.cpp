// asyncio: Event, TaskGroup. Workers wait for a start signal, and all go at once.
#include "tour.hpp"

#include <gyre/runtime/runtime.hpp>

#include <chrono>
#include <cstdio>

using namespace std::chrono_literals;

namespace {

gyre::task<> work(int number, gyre::event& start) {
    std::printf("worker %d waits\n", number);
    co_await start.wait();
    std::printf("worker %d works\n", number);
}

gyre::task<> amain() {
    gyre::event start;
    // async with asyncio.TaskGroup() as group: at the end of the block all tasks of the group have ended, and if one failed, the
    // others were cancelled.
    co_await gyre::with(gyre::task_group(), [&](gyre::task_group& group) -> gyre::task<> {
        for (int i = 1; i <= 3; ++i) group.spawn(work(i, start));
        co_await gyre::sleep(1s);
        std::puts("ready, steady, go");
        start.set();  // runs nobody's code now: the workers go on when this task awaits
        std::puts("they are off");
    });
    std::puts("all workers are done");
}

}  // namespace

int main() { gyre::run(amain(), tour_options()); }
