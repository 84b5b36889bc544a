// ctest: threads
// loop.stats(): what each field counts.
#include <sys/socket.h>
#include <unistd.h>

#include <thread>
#include <vector>

#include "support/test.hpp"
#include "support/until.hpp"

using gyre::task;
using namespace std::chrono_literals;

namespace {

gyre::loop_stats now() { return gyre::event_loop::current().stats(); }
task<> naps() { co_await gyre::sleep(1h); }
task<> reads(int fd) { co_await gyre::wait_readable(fd); }

}  // namespace

GYRE_TEST("ticks counts the turns of the loop", "[stats]") {
    const auto before = now();
    for (int i = 0; i < 10; ++i) co_await gyre::yield();
    CHECK(now().ticks == before.ticks + 10);
}

GYRE_TEST("steps counts resumed tasks and called callbacks, callbacks only these", "[stats]") {
    const auto before = now();
    for (int i = 0; i < 5; ++i) gyre::event_loop::current().call_soon([] {});
    co_await gyre::yield();
    co_await gyre::yield();
    const auto after = now();
    CHECK(after.callbacks == before.callbacks + 5);
    // This task's two turns, of which the one that runs now is not counted yet, or is.
    CHECK(after.steps - before.steps >= 5 + 1);
    CHECK(after.steps - before.steps <= 5 + 3);
}

GYRE_TEST("operations counts the I/O that was started, in_flight what has not completed", "[stats]") {
    int ends[2];
    REQUIRE(::socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, ends) == 0);
    const auto before = now();
    CHECK(before.in_flight == 0);
    auto a = gyre::spawn(reads(ends[0]));
    auto b = gyre::spawn(reads(ends[0]));
    for (int i = 0; i < 3; ++i) co_await gyre::yield();
    CHECK(now().operations == before.operations + 2);
    CHECK(now().in_flight == 2);
    CHECK(::write(ends[1], "x", 1) == 1);
    co_await gyre::gather(a, b);
    CHECK(now().operations == before.operations + 2);
    CHECK(now().in_flight == 0);
    ::close(ends[0]);
    ::close(ends[1]);
}

GYRE_TEST("wakeups counts the waits that ended", "[stats]") {
    const auto before = now();
    // A sleep whose time has come before the loop goes to sleep is no wait.
    co_await gyre::test::until([&] { return now().wakeups > before.wakeups; });
    const auto after = now();
    co_await gyre::yield();
    CHECK(now().wakeups == after.wakeups);
}

GYRE_TEST("tasks counts what has not ended, children of structured calls too, bodies of scopes not", "[stats]") {
    CHECK(now().tasks == 1);
    auto both = []() -> task<> { co_await gyre::gather(naps(), naps()); };
    auto timed = []() -> task<> { co_await gyre::wait_for(naps(), 2h); };
    auto f = gyre::spawn(both());
    auto g = gyre::spawn(timed());
    CHECK(now().tasks == 3);
    for (int i = 0; i < 4; ++i) co_await gyre::yield();
    CHECK(now().tasks == 5);
    CHECK(gyre::event_loop::current().all_tasks().size() == 5);
    f.cancel();
    g.cancel();
    co_await gyre::gather_outcomes(f, g);
    CHECK(now().tasks == 1);
}

GYRE_TEST("timers counts what is armed: sleeps, limits and delayed calls", "[stats]") {
    CHECK(now().timers == 0);
    auto f = gyre::spawn(naps());
    auto call = gyre::event_loop::current().call_later(1h, [] {});
    for (int i = 0; i < 2; ++i) co_await gyre::yield();
    CHECK(now().timers == 2);
    call.cancel();
    CHECK(now().timers == 1);
    f.cancel();
    co_await gyre::gather_outcomes(f);
    CHECK(now().timers == 0);
}

TEST_CASE("frames_bytes grows with coroutines and falls when they end", "[stats]") {
    const auto main = []() -> task<> {
        const auto before = now().frames_bytes;
        CHECK(before > 0);
        {
            std::vector<gyre::future<>> all;
            for (int i = 0; i < 100; ++i) all.push_back(gyre::spawn(naps()));
            for (int i = 0; i < 2; ++i) co_await gyre::yield();
            CHECK(now().frames_bytes >= before + 100 * sizeof(void*) * 8);
            for (auto& f : all) f.cancel();
            for (int i = 0; i < 2; ++i) co_await gyre::yield();
        }
        CHECK(now().frames_bytes == before);
    };
    // A thread that has freed what others allocated counts from below zero: this one has not.
    std::thread([&] { gyre::test::run(main); }).join();
}
