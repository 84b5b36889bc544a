// What crossing threads costs. Real time, of the whole round; items_per_second counts round trips.
#include <benchmark/benchmark.h>
#include <gyre/runtime/runtime.hpp>

#include <atomic>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <deque>
#include <thread>
#include <vector>

namespace {

// A loop that is busy in a thread of its own, and counts what is posted to it.
class busy_loop {
public:
    busy_loop() : runner_([this] { loop_.run_until_complete(keep_busy()); }) {}
    ~busy_loop() {
        stop_ = true;
        runner_.join();
        loop_.close();
    }
    void post() {
        loop_.call_soon_threadsafe([this] { count(); });
    }
    void post(gyre::detail::runnable& item) { loop_.state().post(item); }
    // By what was posted, in the loop's thread.
    void count() noexcept { ran_.store(ran_.load(std::memory_order_relaxed) + 1, std::memory_order_release); }
    // Until no more than so many of the `posted` wait their turn.
    void wait(std::int64_t posted, std::int64_t waiting) const {
        while (posted - ran_.load(std::memory_order_acquire) > waiting) std::this_thread::yield();
    }

private:
    gyre::task<> keep_busy() {
        while (!stop_.load(std::memory_order_relaxed)) co_await gyre::yield();
    }

    gyre::event_loop loop_;
    std::atomic<bool> stop_ = false;
    alignas(64) std::atomic<std::int64_t> ran_ = 0;  // written all the time: nothing that others read stands beside it
    alignas(64) std::thread runner_;
};

// What a post costs the thread that makes it: in bursts, which the loop works off while the clock stands.
constexpr std::int64_t burst = 256;
template <class PostBurst>
void post_in_bursts(benchmark::State& state, const busy_loop& loop, PostBurst post_burst) {
    std::int64_t posted = 0;
    for (auto _ : state) {
        const auto start = std::chrono::steady_clock::now();
        post_burst();
        state.SetIterationTime(std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count());
        loop.wait(posted += burst, 0);
    }
    state.SetItemsProcessed(posted);
}

void BM_post_to_busy_loop(benchmark::State& state) {
    busy_loop loop;
    post_in_bursts(state, loop, [&] {
        for (std::int64_t i = 0; i < burst; ++i) loop.post();
    });
}
BENCHMARK(BM_post_to_busy_loop)->UseManualTime();

// The same without what call_soon_threadsafe() makes for each call: what a result costs that comes back from a thread or a shard, whose
// place in the queue is made with the call.
class counted_item final : public gyre::detail::runnable {
public:
    explicit counted_item(busy_loop& loop) : loop_(loop) {}

private:
    void run() noexcept override { loop_.count(); }
    void discard() noexcept override {}

    busy_loop& loop_;
};
void BM_post_result_to_busy_loop(benchmark::State& state) {
    busy_loop loop;
    std::deque<counted_item> items;
    while (items.size() < burst) items.emplace_back(loop);
    post_in_bursts(state, loop, [&] {
        for (counted_item& item : items) loop.post(item);
    });
}
BENCHMARK(BM_post_result_to_busy_loop)->UseManualTime();

// The same without a pause, as fast as the loop takes them: no more than 4096 wait.
void BM_posts_through_busy_loop(benchmark::State& state) {
    busy_loop loop;
    std::int64_t posted = 0;
    for (auto _ : state) {
        loop.post();
        if (++posted % 1024 == 0) loop.wait(posted, 4096);
    }
    state.SetItemsProcessed(posted);
}
BENCHMARK(BM_posts_through_busy_loop)->UseRealTime();

gyre::task<> to_thread_round_trips(benchmark::State& state) {
    for (auto _ : state) {
        const int n = co_await gyre::to_thread([] { return 1; });
        benchmark::DoNotOptimize(n);
    }
}
void BM_to_thread_round_trip(benchmark::State& state) { gyre::run(to_thread_round_trips(state)); }
BENCHMARK(BM_to_thread_round_trip)->UseRealTime();

// Many calls at once: neither side sleeps.
gyre::task<> call_in_pool(gyre::thread_pool& pool) {
    co_await pool.run([] {});
}
gyre::task<> pool_in_bulk(benchmark::State& state) {
    constexpr int at_once = 1000;
    gyre::thread_pool pool(1);
    for (auto _ : state) {
        std::vector<gyre::task<>> calls;
        for (int i = 0; i < at_once; ++i) calls.push_back(call_in_pool(pool));
        co_await gyre::gather(std::move(calls));
    }
    state.SetItemsProcessed(state.iterations() * at_once);
}
void BM_thread_pool_1000_calls(benchmark::State& state) { gyre::run(pool_in_bulk(state)); }
BENCHMARK(BM_thread_pool_1000_calls)->UseRealTime();

gyre::task<int> answer() { co_return 1; }

// One call at a time: each side sleeps while the other works.
gyre::task<> submit_one_by_one(benchmark::State& state, gyre::shards& all) {
    for (auto _ : state) {
        const int n = co_await all.submit_to(1, answer);
        benchmark::DoNotOptimize(n);
    }
}
void BM_submit_to_round_trip(benchmark::State& state) {
    gyre::shards all(2);
    all.loop(0).spawn_threadsafe(submit_one_by_one(state, all)).get();
}
BENCHMARK(BM_submit_to_round_trip)->UseRealTime();

gyre::task<int> submit(gyre::shards& all, std::size_t shard) { co_return co_await all.submit_to(shard, answer); }
gyre::task<> submit_in_bulk(benchmark::State& state, gyre::shards& all, std::size_t shard) {
    constexpr int at_once = 1000;
    for (auto _ : state) {
        std::vector<gyre::task<int>> calls;
        for (int i = 0; i < at_once; ++i) calls.push_back(submit(all, shard));
        const auto results = co_await gyre::gather(std::move(calls));
        benchmark::DoNotOptimize(results.data());
    }
    state.SetItemsProcessed(state.iterations() * at_once);
}
// To itself: the same without another thread.
void BM_submit_to_1000_calls(benchmark::State& state) {
    gyre::shards all(2);
    all.loop(0).spawn_threadsafe(submit_in_bulk(state, all, static_cast<std::size_t>(state.range(0)))).get();
}
BENCHMARK(BM_submit_to_1000_calls)->ArgName("shard")->Arg(0)->Arg(1)->UseRealTime();

gyre::task<> consume(gyre::thread_receiver<int> rx, std::atomic<bool>& over) {
    while (true) {
        const auto item = co_await rx.next();
        if (!item) break;
    }
    over = true;
}
void BM_thread_channel_to_task(benchmark::State& state) {
    gyre::shards all(1);
    auto ends = gyre::thread_channel<int>(1024);
    std::atomic<bool> over = false;
    auto consumer = all.loop(0).spawn_threadsafe(consume(std::move(ends.rx), over));
    for (auto _ : state) ends.tx.blocking_send(1);
    ends.tx.close();
    consumer.get();
    state.SetItemsProcessed(state.iterations());
}
BENCHMARK(BM_thread_channel_to_task)->UseRealTime();

// A job of a millisecond or so that touches no memory.
std::uint64_t churn() {
    std::uint64_t x = 1;
    for (int i = 0; i < 1'000'000; ++i) {
        x = x * 6364136223846793005U + 1442695040888963407U;
        benchmark::DoNotOptimize(x);
    }
    return x;
}
gyre::task<std::uint64_t> job() { co_return churn(); }
gyre::task<std::uint64_t> job_on(gyre::shards& all, std::size_t shard) { co_return co_await all.submit_to(shard, job); }
// Two hundred jobs spread over so many shards, by a task of shard 0.
gyre::task<> fan_out(gyre::shards& all, std::size_t over) {
    std::vector<gyre::task<std::uint64_t>> jobs;
    for (std::size_t i = 0; i < 200; ++i) jobs.push_back(job_on(all, i % over));
    const auto results = co_await gyre::gather(std::move(jobs));
    benchmark::DoNotOptimize(results.data());
}
void BM_fan_out_200_jobs(benchmark::State& state) {
    const auto over = static_cast<std::size_t>(state.range(0));
    gyre::shards all(over);
    for (auto _ : state) all.loop(0).spawn_threadsafe(fan_out(all, over)).get();
}
BENCHMARK(BM_fan_out_200_jobs)->ArgName("shards")->Arg(1)->Arg(2)->UseRealTime()->Unit(benchmark::kMillisecond);

}  // namespace
