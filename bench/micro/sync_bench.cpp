// What tasks of one loop pay to wait for one another. Time is for one round of the loop; items_per_second counts hand-overs.
#include <benchmark/benchmark.h>
#include <gyre/runtime/runtime.hpp>
#include <gyre/runtime/sync/sync.hpp>

#include <cstddef>
#include <functional>
#include <optional>
#include <utility>
#include <vector>

namespace {

void run(benchmark::State& state, gyre::task<> (*body)(benchmark::State&)) { gyre::run(body(state)); }

gyre::task<> uncontended_lock(benchmark::State& state) {
    gyre::mutex m;
    for (auto _ : state) {
        const auto lock = co_await m.lock();
        benchmark::DoNotOptimize(lock);
    }
}

gyre::task<> try_lock(benchmark::State& state) {
    gyre::mutex m;
    for (auto _ : state) {
        const auto lock = m.try_lock();
        benchmark::DoNotOptimize(lock);
    }
    co_return;
}

// Two tasks, one of which always stands in line when the other releases: two hand-overs a round.
gyre::task<> lock_hand_over(benchmark::State& state) {
    gyre::mutex m;
    bool stop = false;
    std::optional<gyre::mutex::guard> lock(co_await m.lock());
    auto other = gyre::spawn(
        [](gyre::mutex& mine, const bool& done) -> gyre::task<> {
            while (!done) {
                auto held = co_await mine.lock();
                held.unlock();
            }
        },
        std::ref(m), std::cref(stop));
    co_await gyre::yield();
    for (auto _ : state) {
        // Released to the other, who stands in line; back in line behind it.
        lock.reset();
        lock.emplace(co_await m.lock());
    }
    stop = true;
    lock.reset();
    co_await std::move(other);
    state.SetItemsProcessed(state.iterations() * 2);
}

gyre::task<> uncontended_shared_lock(benchmark::State& state) {
    gyre::shared_mutex m;
    for (auto _ : state) {
        const auto lock = co_await m.lock_shared();
        benchmark::DoNotOptimize(lock);
    }
}

gyre::task<> uncontended_acquire(benchmark::State& state) {
    gyre::semaphore s(1);
    for (auto _ : state) {
        const auto permit = co_await s.acquire();
        benchmark::DoNotOptimize(permit);
    }
}

gyre::task<> set_event(benchmark::State& state) {
    gyre::event e;
    e.set();
    for (auto _ : state) co_await e.wait();
}

gyre::task<> event_ping_pong(benchmark::State& state) {
    gyre::event ping;
    gyre::event pong;
    bool stop = false;
    auto other = gyre::spawn(
        [](gyre::event& in, gyre::event& out, const bool& done) -> gyre::task<> {
            for (;;) {
                co_await in.wait();
                in.clear();
                if (done) co_return;
                out.set();
            }
        },
        std::ref(ping), std::ref(pong), std::cref(stop));
    for (auto _ : state) {
        ping.set();
        co_await pong.wait();
        pong.clear();
    }
    stop = true;
    ping.set();
    co_await std::move(other);
    state.SetItemsProcessed(state.iterations() * 2);
}

gyre::task<> queue_ready(benchmark::State& state) {
    gyre::queue<int> q;
    for (auto _ : state) {
        co_await q.put(1);
        const int item = co_await q.get();
        benchmark::DoNotOptimize(item);
    }
}

// A producer and a consumer: items are handed over as the two take turns.
gyre::task<> queue_items(benchmark::State& state) {
    gyre::queue<int> q(static_cast<std::size_t>(state.range(0)));
    auto producer = gyre::spawn(
        [](gyre::queue<int>& out) -> gyre::task<> {
            for (int i = 0;; ++i) co_await out.put(i);
        },
        std::ref(q));
    for (auto _ : state) {
        const int item = co_await q.get();
        benchmark::DoNotOptimize(item);
    }
    producer.cancel();
    const auto end = co_await gyre::as_outcome(std::move(producer));
    benchmark::DoNotOptimize(end.cancelled());
    state.SetItemsProcessed(state.iterations());
}

gyre::task<> channel_items(benchmark::State& state) {
    auto ends = gyre::channel<int>(static_cast<std::size_t>(state.range(0)));
    gyre::receiver<int> rx = std::move(ends.rx);
    auto producer = gyre::spawn(
        [](gyre::sender<int>& tx) -> gyre::task<> {
            for (int i = 0;; ++i) co_await tx.send(i);
        },
        std::move(ends.tx));
    for (auto _ : state) {
        const int item = co_await rx.receive();
        benchmark::DoNotOptimize(item);
    }
    producer.cancel();
    const auto end = co_await gyre::as_outcome(std::move(producer));
    benchmark::DoNotOptimize(end.cancelled());
    state.SetItemsProcessed(state.iterations());
}

gyre::task<> broadcast_items(benchmark::State& state) {
    gyre::broadcast<int> b(16);
    auto mine = b.subscribe();
    for (auto _ : state) {
        b.send(1);
        const auto item = co_await mine.next();
        benchmark::DoNotOptimize(item);
    }
}

gyre::task<> condition_ping_pong(benchmark::State& state) {
    gyre::mutex m;
    gyre::condition_variable changed;
    int turn = 0;
    bool stop = false;
    auto other = gyre::spawn(
        [](gyre::mutex& mine, gyre::condition_variable& c, int& whose, const bool& done) -> gyre::task<> {
            auto lock = co_await mine.lock();
            while (!done) {
                while (whose == 0 && !done) co_await c.wait(lock);
                whose = 0;
                c.notify_one();
            }
        },
        std::ref(m), std::ref(changed), std::ref(turn), std::cref(stop));
    co_await gyre::yield();
    {
        auto lock = co_await m.lock();
        for (auto _ : state) {
            turn = 1;
            changed.notify_one();
            while (turn == 1) co_await changed.wait(lock);
        }
        stop = true;
        changed.notify_one();
    }
    co_await std::move(other);
    state.SetItemsProcessed(state.iterations() * 2);
}

gyre::task<> barrier_round(benchmark::State& state) {
    gyre::barrier b(2);
    // Cancelled, and not told to stop: who of the two comes last, and goes on first, differs from round to round.
    auto other = gyre::spawn(
        [](gyre::barrier& meet) -> gyre::task<> {
            while (true) co_await meet.wait();
        },
        std::ref(b));
    for (auto _ : state) co_await b.wait();
    other.cancel();
    std::vector<gyre::future<>> ended{std::move(other)};
    co_await gyre::wait(ended);
}

gyre::task<> made_once(benchmark::State& state) {
    gyre::once<int> value;
    for (auto _ : state) {
        const int& made = co_await value.get([]() -> gyre::task<int> { co_return 1; });
        benchmark::DoNotOptimize(made);
    }
}

}  // namespace

BENCHMARK_CAPTURE(run, mutex_uncontended, uncontended_lock);
BENCHMARK_CAPTURE(run, mutex_try_lock, try_lock);
BENCHMARK_CAPTURE(run, mutex_hand_over, lock_hand_over);
BENCHMARK_CAPTURE(run, shared_mutex_uncontended, uncontended_shared_lock);
BENCHMARK_CAPTURE(run, semaphore_uncontended, uncontended_acquire);
BENCHMARK_CAPTURE(run, event_set, set_event);
BENCHMARK_CAPTURE(run, event_ping_pong, event_ping_pong);
BENCHMARK_CAPTURE(run, queue_ready, queue_ready);
BENCHMARK_CAPTURE(run, queue_items, queue_items)->Arg(1)->Arg(64)->Arg(0);
BENCHMARK_CAPTURE(run, channel_items, channel_items)->Arg(0)->Arg(1)->Arg(64);
BENCHMARK_CAPTURE(run, broadcast_items, broadcast_items);
BENCHMARK_CAPTURE(run, condition_ping_pong, condition_ping_pong);
BENCHMARK_CAPTURE(run, barrier_round, barrier_round);
BENCHMARK_CAPTURE(run, once_made, made_once);
