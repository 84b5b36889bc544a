// ctest: threads
// The event loop: callbacks, timers, other threads, embedding.
#include <fcntl.h>
#include <poll.h>
#include <unistd.h>

#include <atomic>
#include <string>
#include <thread>
#include <vector>

#include "posting_threads.hpp"
#include "support/test.hpp"

using namespace std::chrono_literals;

namespace {
gyre::task<int> number(int n) { co_return n; }
}  // namespace

GYRE_TEST("call_soon runs on the next turn, in order, unless it was cancelled") {
    std::string order;
    auto& loop = gyre::event_loop::current();
    loop.call_soon([&] { order += "a"; });
    auto dropped = loop.call_soon([&] { order += "x"; });
    loop.call_soon([&] { order += "b"; });
    dropped.cancel();
    CHECK(dropped.cancelled());
    CHECK(order.empty());
    co_await gyre::yield();
    CHECK(order == "ab");
}

GYRE_TEST_VIRTUAL("call_later and call_at run in the order of their times, equal times in the order of the calls") {
    std::string order;
    auto& loop = gyre::event_loop::current();
    const auto now = loop.time();
    loop.call_later(20ms, [&] { order += "c"; });
    loop.call_at(now + 10ms, [&] { order += "a"; });
    loop.call_at(now + 10ms, [&] { order += "b"; });
    auto dropped = loop.call_later(15ms, [&] { order += "x"; });
    dropped.cancel();
    co_await gyre::sleep(30ms);
    CHECK(order == "abc");
    CHECK(loop.time() - now == 30ms);
}

GYRE_TEST_VIRTUAL("an hour of sleep takes no time under virtual time") {
    const gyre::test::wall_stopwatch wall;
    co_await gyre::sleep(1h);
    CHECK(wall.elapsed() < 10s);
}

GYRE_TEST("a sleep is never shorter than asked") {
    for (int i = 0; i < 20; ++i) {
        const auto begin = std::chrono::steady_clock::now();
        co_await gyre::sleep(1ms);
        CHECK(std::chrono::steady_clock::now() - begin >= 1ms);
    }
}

GYRE_TEST_VIRTUAL("10,000 tasks that sleep five seconds take five seconds") {
    const auto begin = gyre::event_loop::current().time();
    std::vector<gyre::task<>> all;
    auto nap = []() -> gyre::task<> { co_await gyre::sleep(5s); };
    for (int i = 0; i < 10'000; ++i) all.push_back(nap());
    co_await gyre::gather(std::move(all));
    CHECK(gyre::event_loop::current().time() - begin == 5s);
}

TEST_CASE("a callback's exception goes to the exception handler and the loop goes on") {
    gyre::event_loop loop(gyre::test::options());
    std::string seen;
    loop.set_exception_handler([&](const gyre::unhandled_error& e) { seen = e.message; });
    loop.call_soon([] { throw std::runtime_error("callback"); });
    CHECK(loop.run_until_complete(number(2)) == 2);
    loop.call_soon([&] { loop.stop(); });
    loop.run_forever();
    CHECK_FALSE(seen.empty());
}

TEST_CASE("a loop runs again after run_until_complete, its other tasks go on") {
    gyre::event_loop loop(gyre::test::options());
    auto slow = loop.spawn([]() -> gyre::task<int> {
        co_await gyre::sleep(2ms);
        co_return 7;
    }());
    CHECK(loop.run_until_complete(number(1)) == 1);
    CHECK_FALSE(slow.done());
    CHECK(loop.run_until_complete(slow) == 7);
}

TEST_CASE("misuse of a loop is a clear error") {
    gyre::event_loop loop(gyre::test::options());
    auto nested = []() -> gyre::task<> {
        CHECK_THROWS_AS(gyre::run(number(1)), gyre::invalid_state_error);
        co_return;
    };
    loop.run_until_complete(nested());
    CHECK_THROWS_AS(gyre::event_loop::current(), gyre::invalid_state_error);
    CHECK_THROWS_AS(gyre::spawn(number(1)), gyre::invalid_state_error);
    CHECK_THROWS_AS(gyre::current_task(), gyre::invalid_state_error);
    loop.close();
    loop.close();
    CHECK(loop.closed());
    CHECK_THROWS_AS(loop.run_until_complete(number(1)), gyre::invalid_state_error);
    CHECK_THROWS_AS(loop.call_soon([] {}), gyre::invalid_state_error);
    CHECK_THROWS_AS(loop.call_soon_threadsafe([] {}), gyre::invalid_state_error);
    gyre::loop_options options;
    options.backend = "no such backend";
    CHECK_THROWS_AS(gyre::event_loop(options), std::invalid_argument);
}

TEST_CASE("call_soon_threadsafe from eight threads: each thread's calls in order, none lost, timers not starved") {
    gyre::event_loop loop(gyre::test::options());
    gyre::test::posting_threads posting(loop, 8, 20'000);
    auto main = [&]() -> gyre::task<int> {
        int naps = 0;
        while (!posting.all_came()) {
            co_await gyre::sleep(100us);
            ++naps;
        }
        co_return naps;
    };
    const int naps = loop.run_until_complete(main());
    CHECK(posting.all_came());
    CHECK(posting.out_of_order() == 0);
    CHECK(naps > 0);
}

TEST_CASE("a loop is run in another thread than the one that made it, and stopped from outside") {
    gyre::event_loop loop(gyre::test::options());
    std::atomic<int> ran = 0;
    std::thread runner([&] { loop.run_forever(); });
    for (int i = 0; i < 100; ++i) loop.call_soon_threadsafe([&] { ++ran; });
    loop.call_soon_threadsafe([&] { loop.stop(); });
    runner.join();
    CHECK(ran == 100);
}

TEST_CASE("a host loop drives gyre through poll_fd, next_timeout and poll") {
    gyre::event_loop loop(gyre::test::options());
    const int fd = loop.poll_fd();
    auto work = []() -> gyre::task<int> {
        int pipe_ends[2];
        REQUIRE(::pipe2(pipe_ends, O_CLOEXEC) == 0);
        co_await gyre::sleep(2ms);
        auto reader = [](int from) -> gyre::task<> { co_await gyre::wait_readable(from); };
        auto reading = gyre::spawn(reader(pipe_ends[0]));
        co_await gyre::sleep(2ms);
        CHECK_FALSE(reading.done());
        CHECK(::write(pipe_ends[1], "x", 1) == 1);
        co_await reading;
        ::close(pipe_ends[0]);
        ::close(pipe_ends[1]);
        co_return 6;
    };
    auto f = loop.spawn(work());
    int waits = 0;
    while (!f.done()) {
        const auto timeout = loop.next_timeout();
        const int ms = timeout ? static_cast<int>(std::chrono::ceil<std::chrono::milliseconds>(*timeout).count()) : 5000;
        pollfd host{fd, POLLIN, 0};
        ::poll(&host, 1, ms);
        loop.poll();
        REQUIRE(++waits < 1000);
    }
    CHECK(f.result() == 6);
    // A post from another thread wakes the host.
    bool posted = false;
    std::thread other([&] { loop.call_soon_threadsafe([&] { posted = true; }); });
    pollfd host{fd, POLLIN, 0};
    while (!posted) {
        if (loop.next_timeout() != gyre::duration::zero()) REQUIRE(::poll(&host, 1, 10'000) == 1);
        loop.poll();
    }
    other.join();
    CHECK(posted);
}

GYRE_TEST("stats and all_tasks tell what the loop holds") {
    auto& loop = gyre::event_loop::current();
    auto sleeper = gyre::spawn([]() -> gyre::task<> { co_await gyre::sleep(1h); }(), "sleeper");
    co_await gyre::yield();
    const auto stats = loop.stats();
    CHECK(stats.tasks == 2);
    CHECK(stats.timers == 1);
    CHECK(stats.steps > 0);
    bool found = false;
    for (const auto& t : loop.all_tasks()) found = found || t.name() == "sleeper";
    CHECK(found);
    sleeper.cancel();
}

GYRE_TEST("dump_tasks prints the tree of tasks with their awaits") {
    auto inner = []() -> gyre::task<> { co_await gyre::sleep(1h); };
    auto outer = [&]() -> gyre::task<> { co_await gyre::gather(inner(), inner()); };
    auto f = gyre::spawn(outer(), "the outer one");
    co_await gyre::yield();
    co_await gyre::yield();
    const std::string dump = gyre::debug::dump_tasks();
    CHECK(dump.find("task 'the outer one' waits: gather()") != std::string::npos);
    CHECK(dump.find("waits: sleep") != std::string::npos);
    CHECK(dump.find("loop_test.cpp:") != std::string::npos);
    CHECK(gyre::debug::await_stack(f).size() == 1);
    f.cancel();
}
