// What allocates nothing in a steady state: awaits, children, and every wait for another task. (Frames and task records come from slabs,
// which frame_allocator_test looks at.)
#include <cstddef>

#include "support/allocations.hpp"
#include "support/test.hpp"

using namespace gyre;
using namespace gyre::test;
using namespace std::chrono_literals;

namespace {

// Allocations in the second half of 200 rounds: what is allocated once, and kept, is in the first.
template <class Round>
task<std::size_t> steady_allocations(Round round) {
    for (int i = 0; i < 100; ++i) co_await round();
    const std::size_t before = allocations();
    for (int i = 0; i < 100; ++i) co_await round();
    co_return allocations() - before;
}

task<int> child(int n) { co_return n; }
task<> yielding_child() { co_await yield(); }

}  // namespace

GYRE_TEST("awaiting, yielding, sleeping, spawning and gathering allocate nothing") {
    if (!allocations_are_counted) co_return;
    auto round = []() -> task<> {
        const int n = co_await child(1);
        CHECK(n == 1);
        co_await yield();
        co_await sleep(1us);
        co_await spawn(yielding_child());
        co_await gather(child(1), child(2));
        co_await wait_for(yielding_child(), 1h);
        co_await race(child(1), child(2));
    };
    const std::size_t made = co_await steady_allocations(round);
    CHECK(made == 0);
}

GYRE_TEST("a lock allocates nothing, free or handed from task to task") {
    if (!allocations_are_counted) co_return;
    mutex m;
    shared_mutex shared;
    auto user = [&]() -> task<> {
        const auto lock = co_await m.lock();
        co_await yield();
    };
    auto reader = [&]() -> task<> {
        const auto lock = co_await shared.lock_shared();
        co_await yield();
    };
    auto writer = [&]() -> task<> {
        const auto lock = co_await shared.lock();
        co_await yield();
    };
    auto round = [&]() -> task<> {
        co_await user();
        co_await gather(user(), user(), user(), reader(), writer(), reader());
    };
    const std::size_t made = co_await steady_allocations(round);
    CHECK(made == 0);
}

GYRE_TEST("a semaphore and an event allocate nothing, whoever has to wait") {
    if (!allocations_are_counted) co_return;
    semaphore permits(1);
    event go;
    auto user = [&]() -> task<> {
        const auto permit = co_await permits.acquire();
        co_await yield();
    };
    auto waiter = [&]() -> task<> { co_await go.wait(); };
    auto setter = [&]() -> task<> {
        co_await yield();
        go.set();
    };
    auto round = [&]() -> task<> {
        go.clear();
        co_await gather(user(), user(), waiter(), waiter(), setter());
        co_await go.wait();
    };
    const std::size_t made = co_await steady_allocations(round);
    CHECK(made == 0);
}

GYRE_TEST("a queue and a channel allocate nothing as items pass, whoever has to wait") {
    if (!allocations_are_counted) co_return;
    queue<int> q(2);
    auto ends = channel<int>(2);
    auto put = [&]() -> task<> {
        for (int i = 0; i < 5; ++i) co_await q.put(i);
    };
    auto get = [&]() -> task<> {
        for (int i = 0; i < 5; ++i) co_await q.get();
    };
    auto send = [&]() -> task<> {
        for (int i = 0; i < 5; ++i) co_await ends.tx.send(i);
    };
    auto receive = [&]() -> task<> {
        for (int i = 0; i < 5; ++i) co_await ends.rx.receive();
    };
    auto round = [&]() -> task<> {
        co_await gather(put(), get(), receive(), send());
        co_await gather(get(), put());
    };
    const std::size_t made = co_await steady_allocations(round);
    CHECK(made == 0);
}
