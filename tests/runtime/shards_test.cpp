// ctest: threads
// shards: loops in threads of their own that pass tasks to one another.
#include <pthread.h>
#include <sched.h>

#include <atomic>
#include <memory>
#include <set>
#include <stdexcept>
#include <string>
#include <thread>
#include <vector>

#include "runtime/shards_support.hpp"

using namespace std::chrono_literals;

GYRE_TEST("submit_to runs the function's task on the shard and gives its result") {
    gyre::shards all(2, gyre::test::options());
    CHECK(all.size() == 2);
    CHECK(gyre::shards::current() == gyre::shards::none);
    for (std::size_t i = 0; i < 2; ++i) {
        const std::size_t where = co_await all.submit_to(i, []() -> gyre::task<std::size_t> {
            co_await gyre::yield();
            co_return gyre::shards::current();
        });
        CHECK(where == i);
    }
    const std::string backend =
        co_await all.submit_to(0, []() -> gyre::task<std::string> { co_return std::string(gyre::event_loop::current().backend_name()); });
    CHECK(backend == gyre::test::backend());
    static int target = 0;
    int& same = co_await all.submit_to(1, []() -> gyre::task<int&> { co_return target; });
    CHECK(&same == &target);
    const auto moved = co_await all.submit_to(1, []() -> gyre::task<std::unique_ptr<int>> { co_return std::make_unique<int>(3); });
    CHECK(*moved == 3);
}

GYRE_TEST("exceptions cross back, from the task and from the function itself") {
    gyre::shards all(1, gyre::test::options());
    std::string messages;
    try {
        co_await all.submit_to(0, []() -> gyre::task<> {
            co_await gyre::yield();
            throw std::runtime_error("task ");
        });
    } catch (const std::runtime_error& e) {
        messages += e.what();
    }
    try {
        co_await all.submit_to(0, []() -> gyre::task<> { throw std::runtime_error("coroutine "); });
    } catch (const std::runtime_error& e) {
        messages += e.what();
    }
    const auto no_coroutine = [](bool fail) -> gyre::task<> {
        if (fail) throw std::runtime_error("function");
        return gyre::task<>();
    };
    try {
        co_await all.submit_to(0, [&] { return no_coroutine(true); });
    } catch (const std::runtime_error& e) {
        messages += e.what();
    }
    CHECK(messages == "task coroutine function");
    bool empty = false;
    try {
        co_await all.submit_to(0, [&] { return no_coroutine(false); });
    } catch (const gyre::invalid_state_error&) {
        empty = true;
    }
    CHECK(empty);
    bool cancelled = false;
    try {
        co_await all.submit_to(0, []() -> gyre::task<> {
            gyre::current_task().cancel();
            co_await gyre::yield();
        });
    } catch (const gyre::cancelled_error&) {
        cancelled = true;
    }
    CHECK(cancelled);
}

GYRE_TEST("the function lives as long as its task and is destroyed on the shard") {
    gyre::shards all(1, gyre::test::options());
    std::atomic<int> destroyed_there = 0;
    std::atomic<int> destroyed_elsewhere = 0;
    const std::function<void(int*)> deleter = [&](int* p) {
        delete p;
        ++(gyre::shards::current() == 0 ? destroyed_there : destroyed_elsewhere);
    };
    for (int i = 0; i < 10; ++i) {
        std::unique_ptr<int, std::function<void(int*)>> held(new int(i), deleter);
        auto work = [&held, mine = std::shared_ptr<int>()]() mutable -> gyre::task<int> {
            // Taken over on the shard: now the function is its owner.
            mine = std::move(held);
            co_await gyre::yield();
            co_return *mine;
        };
        const int got = co_await all.submit_to(0, work);
        CHECK(got == i);
    }
    CHECK(destroyed_there == 10);
    CHECK(destroyed_elsewhere == 0);
}

TEST_CASE("run_on_all runs on every shard and blocks until all have ended") {
    gyre::shards all(3, gyre::test::options());
    std::atomic<int> ran = 0;
    std::array<std::thread::id, 3> threads{};
    all.run_on_all([&]() -> gyre::task<> {
        threads[gyre::shards::current()] = std::this_thread::get_id();
        co_await gyre::sleep(1ms);
        ++ran;
    });
    CHECK(ran == 3);
    CHECK(std::set<std::thread::id>(threads.begin(), threads.end()).size() == 3);
}

TEST_CASE("the first error of run_on_all cancels the others and is thrown") {
    gyre::shards all(3, gyre::test::options());
    gyre::test::remote_state state;
    CHECK_THROWS_WITH(all.run_on_all([&]() -> gyre::task<> {
        if (gyre::shards::current() == 1) {
            while (state.started < 2) co_await gyre::sleep(50us);
            throw std::runtime_error("one failed");
        }
        co_await gyre::test::sleep_there(state);
    }),
                      "one failed");
    CHECK(state.cancelled == 2);
    // They go on.
    std::atomic<int> ran = 0;
    all.run_on_all([&]() -> gyre::task<> {
        ++ran;
        co_return;
    });
    CHECK(ran == 3);
}

GYRE_TEST("invoke_on_all gives each shard's result, from a task outside and from a shard") {
    gyre::shards all(3, gyre::test::options());
    const auto index = []() -> gyre::task<std::size_t> { co_return gyre::shards::current(); };
    const auto from_here = co_await all.invoke_on_all(index);
    CHECK(from_here == std::vector<std::size_t>{0, 1, 2});
    const auto from_there = co_await all.submit_to(1, [&]() -> gyre::task<std::vector<std::size_t>> {
        auto results = co_await all.invoke_on_all(index);
        co_return results;
    });
    CHECK(from_there == from_here);
    CHECK_THROWS_AS(all.run_on_all([]() -> gyre::task<> { co_return; }), gyre::invalid_state_error);
}

TEST_CASE("shards are named, pinned when there are cores enough, and numbered only from inside") {
    cpu_set_t usable;
    CPU_ZERO(&usable);
    REQUIRE(::sched_getaffinity(0, sizeof usable, &usable) == 0);
    const int cores = CPU_COUNT(&usable);
    gyre::shards all(0, gyre::test::options());
    CHECK(static_cast<int>(all.size()) == cores);
    std::atomic<int> pinned = 0;
    std::atomic<int> named = 0;
    all.run_on_all([&]() -> gyre::task<> {
        cpu_set_t mine;
        CPU_ZERO(&mine);
        if (::sched_getaffinity(0, sizeof mine, &mine) == 0 && CPU_COUNT(&mine) == 1) ++pinned;
        char text[16] = {};
        ::pthread_getname_np(::pthread_self(), text, sizeof text);
        if (text == "gyre-shard-" + std::to_string(gyre::shards::current())) ++named;
        co_return;
    });
    CHECK(pinned == cores);
    CHECK(named == cores);
    gyre::shards more(static_cast<std::size_t>(cores) + 1, gyre::test::options());
    pinned = 0;
    more.run_on_all([&]() -> gyre::task<> {
        cpu_set_t mine;
        CPU_ZERO(&mine);
        if (::sched_getaffinity(0, sizeof mine, &mine) == 0 && CPU_COUNT(&mine) != cores) ++pinned;
        co_return;
    });
    CHECK(pinned == 0);
}

TEST_CASE("misuse of shards is a clear error") {
    gyre::shards all(2, gyre::test::options());
    CHECK_THROWS_WITH(all.submit_to(2, []() -> gyre::task<> { co_return; }), Catch::Contains("no shard 2 among 2"));
    gyre::loop_options bad;
    bad.backend = "no such backend";
    CHECK_THROWS_AS(gyre::shards(2, bad), std::invalid_argument);
}

TEST_CASE("a plain thread spawns a task on a shard") {
    gyre::shards all(2, gyre::test::options());
    auto where = []() -> gyre::task<std::size_t> { co_return gyre::shards::current(); };
    CHECK(all.loop(1).spawn_threadsafe(where()).get() == 1);
}

TEST_CASE("submit_to both ways in great number: every result comes back to who asked") {
    constexpr int tasks = 32;
    constexpr int rounds = 300;
    gyre::shards all(3, gyre::test::options());
    std::atomic<long> wrong = 0;
    std::atomic<long> calls = 0;
    const auto client = [&](std::size_t me, int seed) -> gyre::task<> {
        for (int i = 0; i < rounds; ++i) {
            const std::size_t to = static_cast<std::size_t>(seed + i) % all.size();
            auto work = [&, i]() -> gyre::task<int> {
                if (i % 7 == 0) co_await gyre::yield();
                if (i % 11 == 0) throw std::runtime_error("crosses");
                co_return static_cast<int>(gyre::shards::current()) * 1000 + i;
            };
            int got = 0;
            bool threw = false;
            try {
                got = co_await all.submit_to(to, work);
            } catch (const std::runtime_error&) {
                threw = true;
            }
            if (threw != (i % 11 == 0) || (!threw && got != static_cast<int>(to) * 1000 + i)) ++wrong;
            if (gyre::shards::current() != me) ++wrong;
            ++calls;
        }
    };
    all.run_on_all([&]() -> gyre::task<> {
        std::vector<gyre::task<>> clients;
        for (int i = 0; i < tasks; ++i) clients.push_back(client(gyre::shards::current(), i));
        co_await gyre::gather(std::move(clients));
    });
    CHECK(wrong == 0);
    CHECK(calls == 3L * tasks * rounds);
}
