// What the runtime costs by itself. Each figure is the time of one operation inside a running loop; "allocations" counts calls of
// malloc per operation, in a steady state.
#include <benchmark/benchmark.h>
#include <gyre/runtime/runtime.hpp>

#include <atomic>
#include <cstddef>
#include <thread>
#include <vector>

extern "C" void* __libc_malloc(std::size_t size);

namespace {

std::atomic<long> mallocs = 0;

}  // namespace

extern "C" void* malloc(std::size_t size) {
    mallocs.fetch_add(1, std::memory_order_relaxed);
    return __libc_malloc(size);
}

namespace {

using namespace std::chrono_literals;

// Runs a coroutine that loops over the state, and counts what it allocates after the first round.
class allocation_count {
public:
    explicit allocation_count(benchmark::State& state) : state_(state), before_(mallocs) {}
    ~allocation_count() {
        const double per = static_cast<double>(mallocs - before_) / static_cast<double>(state_.iterations());
        // Growing free lists once is not a cost per operation.
        state_.counters["allocations"] = per < 0.001 ? 0 : per;
    }

private:
    benchmark::State& state_;
    long before_;
};

gyre::task<int> ready(int n) { co_return n; }
gyre::task<> nothing() { co_return; }

gyre::task<> await_ready_child(benchmark::State& state) {
    const allocation_count count(state);
    for (auto _ : state) {
        int n = co_await ready(1);
        benchmark::DoNotOptimize(n);
    }
}
void BM_await_ready_child(benchmark::State& state) { gyre::run(await_ready_child(state)); }
BENCHMARK(BM_await_ready_child);

gyre::task<> yields(benchmark::State& state) {
    const allocation_count count(state);
    for (auto _ : state) co_await gyre::yield();
}
void BM_yield(benchmark::State& state) { gyre::run(yields(state)); }
BENCHMARK(BM_yield);

gyre::task<> yield_forever(const bool& stop) {
    while (!stop) co_await gyre::yield();
}
// The cost of a yield when others are ready too, as in a busy program.
gyre::task<> yields_in_company(benchmark::State& state) {
    bool stop = false;
    std::vector<gyre::future<>> others;
    for (int i = 0; i < 99; ++i) others.push_back(gyre::spawn(yield_forever(stop)));
    for (auto _ : state) co_await gyre::yield();
    stop = true;
    co_await gyre::wait(others);
    state.SetItemsProcessed(static_cast<std::int64_t>(state.iterations()) * 100);
}
void BM_yield_among_100(benchmark::State& state) { gyre::run(yields_in_company(state)); }
BENCHMARK(BM_yield_among_100);

gyre::task<> gather_two(benchmark::State& state) {
    co_await gyre::gather(ready(1), ready(2));
    const allocation_count count(state);
    for (auto _ : state) {
        auto both = co_await gyre::gather(ready(1), ready(2));
        benchmark::DoNotOptimize(both);
    }
}
void BM_gather_two(benchmark::State& state) { gyre::run(gather_two(state)); }
BENCHMARK(BM_gather_two);

gyre::task<> gather_thousand(benchmark::State& state) {
    for (auto _ : state) {
        std::vector<gyre::task<int>> all;
        all.reserve(1000);
        for (int i = 0; i < 1000; ++i) all.push_back(ready(i));
        auto results = co_await gyre::gather(std::move(all));
        benchmark::DoNotOptimize(results);
    }
    state.SetItemsProcessed(static_cast<std::int64_t>(state.iterations()) * 1000);
}
void BM_gather_1000(benchmark::State& state) { gyre::run(gather_thousand(state)); }
BENCHMARK(BM_gather_1000);

gyre::task<> spawn_and_join(benchmark::State& state) {
    std::vector<gyre::future<>> all;
    all.reserve(1000);
    for (auto _ : state) {
        for (int i = 0; i < 1000; ++i) all.push_back(gyre::spawn(nothing()));
        for (auto& f : all) co_await f;
        all.clear();
    }
    state.SetItemsProcessed(static_cast<std::int64_t>(state.iterations()) * 1000);
}
void BM_spawn_and_join_1000(benchmark::State& state) { gyre::run(spawn_and_join(state)); }
BENCHMARK(BM_spawn_and_join_1000);

gyre::task<> nap() { co_await gyre::sleep(1ms); }
// One million timers armed and fired.
gyre::task<> million_timers(benchmark::State& state) {
    for (auto _ : state) {
        std::vector<gyre::task<>> all;
        all.reserve(1'000'000);
        for (int i = 0; i < 1'000'000; ++i) all.push_back(nap());
        co_await gyre::gather(std::move(all));
    }
    state.SetItemsProcessed(static_cast<std::int64_t>(state.iterations()) * 1'000'000);
}
void BM_timers_1M(benchmark::State& state) {
    gyre::loop_options options;
    options.virtual_time = true;
    gyre::run(million_timers(state), options);
}
BENCHMARK(BM_timers_1M)->Iterations(2)->Unit(benchmark::kMillisecond);

gyre::task<> sleep_long() { co_await gyre::sleep(1h); }
gyre::task<> cancel_many(benchmark::State& state) {
    for (auto _ : state) {
        std::vector<gyre::future<>> all;
        for (int i = 0; i < 100'000; ++i) all.push_back(gyre::spawn(sleep_long()));
        co_await gyre::yield();
        for (auto& f : all) f.cancel();
        co_await gyre::wait(all);
    }
}
void BM_cancel_and_join_100k_sleepers(benchmark::State& state) { gyre::run(cancel_many(state)); }
BENCHMARK(BM_cancel_and_join_100k_sleepers)->Iterations(3)->Unit(benchmark::kMillisecond);

// From a post by another thread to a sleeping loop until its callback has run.
void BM_wake_sleeping_loop(benchmark::State& state) {
    gyre::event_loop loop;
    std::thread runner([&] { loop.run_forever(); });
    for (auto _ : state) {
        std::atomic<bool> done = false;
        loop.call_soon_threadsafe([&] {
            done = true;
            done.notify_one();
        });
        done.wait(false);
    }
    loop.call_soon_threadsafe([&] { loop.stop(); });
    runner.join();
}
BENCHMARK(BM_wake_sleeping_loop)->UseRealTime();

}  // namespace
