// Closures with captures that g++ before 13 would destroy twice, as temporaries of co_await expressions: one on each marked line.
// The others are safe everywhere.
#include <gyre/runtime/runtime.hpp>

#include <string>

gyre::async_generator<int> numbers() { co_yield 1; }

gyre::task<> calls(std::string s) {
    int n = 0;
    co_await gyre::with(gyre::task_group(), [s](gyre::task_group&) -> gyre::task<> { co_return; });  // refused
    co_await gyre::with(gyre::task_group(), [&](gyre::task_group&) -> gyre::task<> { co_return; });
    auto cleanup = []() -> gyre::task<> { co_return; };
    co_await gyre::try_finally([s]() -> gyre::task<> { co_return; }, cleanup);  // refused
    co_await gyre::for_each(numbers(), [s](int) {});                            // refused
    co_await gyre::for_each(numbers(), [&](int i) { n += i; });
    co_await gyre::collect(gyre::map(numbers(), [s](int i) { return s + std::to_string(i); }));  // refused
    co_await gyre::collect(gyre::filter(numbers(), [s](int) { return s.empty(); }));             // refused
    auto named = [s](int i) { return s + std::to_string(i); };
    co_await gyre::collect(gyre::map(numbers(), named));
    const int items[] = {1, 2, 3};
    co_await gyre::for_each_concurrent(items, 2, [s](int) -> gyre::task<> { co_return; });  // refused
    co_await gyre::for_each_concurrent(items, 2, [&](int i) -> gyre::task<> {
        n += i;
        co_return;
    });
    gyre::task_group group;
    co_await group.start([s](gyre::task_status<>) -> gyre::task<> { co_return; });  // refused
    co_await gyre::to_thread([s] { return s; });                                    // refused
    gyre::thread_pool pool(1);
    co_await pool.run([s] { return s; });  // refused
    gyre::shards all(1);
    co_await all.submit_to(0, [s]() -> gyre::task<> { co_return; });  // refused
    gyre::mutex m;
    auto lock = co_await m.lock();
    gyre::condition_variable changed;
    co_await changed.wait(lock, [s] { return true; });  // refused
    gyre::once<int> once;
    co_await once.get([s]() -> gyre::task<int> { co_return 1; });  // refused
}
