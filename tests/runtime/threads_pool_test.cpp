// ctest: threads
// thread_pool: bounded, named, first come first served, cancellable while queued.
#include <pthread.h>

#include <atomic>
#include <csignal>
#include <memory>
#include <optional>
#include <stdexcept>
#include <string>
#include <thread>
#include <vector>

#include "runtime/threads_pool_support.hpp"
#include "support/error_of.hpp"

using namespace std::chrono_literals;
using gyre::test::gate;

namespace {

// Runs fn in the pool, as a task of its own.
template <class Fn>
gyre::future<> run_in(gyre::thread_pool& pool, Fn fn) {
    return gyre::spawn([](gyre::thread_pool& in, Fn& call) -> gyre::task<> { co_await in.run(std::ref(call)); }, std::ref(pool),
                       std::move(fn));
}

}  // namespace

GYRE_TEST("a pool has so many threads and no more, with names of their own") {
    gyre::thread_pool pool(3);
    CHECK(pool.size() == 3);
    gate g;
    std::atomic<int> at_once = 0;
    std::atomic<int> most = 0;
    std::vector<gyre::future<>> calls;
    for (int i = 0; i < 20; ++i)
        calls.push_back(run_in(pool, [&] {
            const int now = ++at_once;
            int seen = most;
            while (seen < now && !most.compare_exchange_weak(seen, now)) {
            }
            g.pass();
            --at_once;
        }));
    co_await g.until_arrived(3);
    g.open();
    co_await gyre::wait(calls);
    CHECK(most == 3);
    const std::string name = co_await pool.run([] {
        char text[16] = {};
        ::pthread_getname_np(::pthread_self(), text, sizeof text);
        return std::string(text);
    });
    CHECK(name.rfind("gyre-pool-", 0) == 0);
    CHECK(gyre::thread_pool().size() >= 1);
}

GYRE_TEST("calls start in the order they came") {
    gyre::thread_pool pool(1);
    std::string order;
    std::vector<gyre::future<>> calls;
    for (char c = 'a'; c <= 'z'; ++c) calls.push_back(run_in(pool, [&order, c] { order += c; }));
    co_await gyre::wait(calls);
    CHECK(order == "abcdefghijklmnopqrstuvwxyz");
}

GYRE_TEST("a call cancelled while queued ends at once and never runs; the others keep their order") {
    gyre::thread_pool pool(1);
    gate g;
    std::string order;
    auto blocking = run_in(pool, [&] { g.pass(); });
    co_await g.until_arrived(1);
    auto a = run_in(pool, [&] { order += 'a'; });
    auto b = run_in(pool, [&] { order += 'b'; });
    auto c = run_in(pool, [&] { order += 'c'; });
    co_await gyre::yield();
    b.cancel();
    const auto end = co_await gyre::as_outcome(b);
    CHECK(end.cancelled());
    CHECK_FALSE(blocking.done());
    g.open();
    co_await gyre::gather(a, c, blocking);
    CHECK(order == "ac");
}

GYRE_TEST("a limit on a queued call passes at once") {
    gyre::thread_pool pool(1);
    gate g;
    auto blocking = run_in(pool, [&] { g.pass(); });
    co_await g.until_arrived(1);
    bool timed_out = false;
    try {
        co_await gyre::wait_for(pool.run([] {}), 1ms);
    } catch (const gyre::timeout_error&) {
        timed_out = true;
    }
    CHECK(timed_out);
    g.open();
    co_await blocking;
}

GYRE_TEST("destroying a pool waits for what runs and cancels what is queued") {
    std::optional<gyre::thread_pool> pool(std::in_place, 1);
    gate g;
    std::atomic<bool> ended = false;
    bool ran = false;
    auto running = run_in(*pool, [&] {
        g.pass();
        std::this_thread::sleep_for(2ms);
        ended = true;
    });
    co_await g.until_arrived(1);
    std::vector<gyre::future<>> queued;
    for (int i = 0; i < 10; ++i) queued.push_back(run_in(*pool, [&] { ran = true; }));
    co_await gyre::yield();
    auto not_yet_begun = pool->run([&] { ran = true; });
    g.open();
    pool.reset();
    CHECK(ended);
    CHECK_FALSE(running.done());
    co_await running;
    for (auto& f : queued) {
        f.cancel();  // comes too late to matter, and must not look for the pool
        const auto end = co_await gyre::as_outcome(f);
        CHECK(end.cancelled());
    }
    co_await gyre::test::error_of<gyre::invalid_state_error>(std::move(not_yet_begun));
    CHECK_FALSE(ran);
}

GYRE_TEST("a pool may be destroyed by a call of its own") {
    auto pool = std::make_shared<gyre::thread_pool>(1);
    gyre::thread_pool& same = *pool;
    gate g;
    auto call = run_in(same, [&g, pool = std::move(pool)]() mutable {
        g.pass();
        pool.reset();
    });
    co_await g.until_arrived(1);
    g.open();
    co_await call;
}

GYRE_TEST("no signal is delivered to a pool's thread") {
    gyre::thread_pool pool(1);
    const bool all_blocked = co_await pool.run([] {
        sigset_t mask;
        ::pthread_sigmask(SIG_SETMASK, nullptr, &mask);
        return ::sigismember(&mask, SIGINT) == 1 && ::sigismember(&mask, SIGTERM) == 1 && ::sigismember(&mask, SIGCHLD) == 1 &&
               ::sigismember(&mask, SIGSEGV) == 0;
    });
    CHECK(all_blocked);
}

TEST_CASE("tasks of several loops share a pool") {
    gyre::thread_pool pool(2);
    std::atomic<int> ran = 0;
    std::vector<std::thread> loops;
    for (int l = 0; l < 4; ++l)
        loops.emplace_back([&] {
            auto main = [&]() -> gyre::task<> {
                for (int i = 0; i < 500; ++i) co_await pool.run([&] { ++ran; });
            };
            gyre::run(main(), gyre::test::options());
        });
    for (auto& l : loops) l.join();
    CHECK(ran == 2000);
}

TEST_CASE("loops whose last task ends with a call are closed at once, again and again") {
    // The thread that hands the result back may still be at it when the loop goes.
    gyre::thread_pool pool(2);
    for (int i = 0; i < 300; ++i) {
        auto main = [&]() -> gyre::task<int> {
            const int got = co_await pool.run([i] { return i; });
            co_return got;
        };
        REQUIRE(gyre::run(main(), gyre::test::options()) == i);
    }
}

GYRE_TEST("a call that is cancelled at any moment either never runs or is delivered") {
    gyre::thread_pool pool(2);
    std::atomic<int> ran = 0;
    int delivered = 0;
    int cancelled = 0;
    constexpr int rounds = 2000;
    for (int i = 0; i < rounds; ++i) {
        auto caller = [&]() -> gyre::task<> {
            co_await pool.run([&] { ++ran; });
            ++delivered;
        };
        auto f = gyre::spawn(caller());
        for (int turns = i % 4; turns > 0; --turns) co_await gyre::yield();
        f.cancel();
        const auto end = co_await gyre::as_outcome(f);
        if (end.cancelled()) ++cancelled;
    }
    CHECK(delivered == ran);
    CHECK(cancelled > 0);
    CHECK(delivered + cancelled >= rounds);
}
