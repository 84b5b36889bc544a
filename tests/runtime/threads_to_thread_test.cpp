// ctest: threads
// to_thread: blocking calls beside the loop.
#include <atomic>
#include <memory>
#include <stdexcept>
#include <string>
#include <thread>
#include <vector>

#include "runtime/threads_pool_support.hpp"

using namespace std::chrono_literals;
using gyre::test::gate;

GYRE_TEST("to_thread runs the function in another thread and gives its result, while the loop goes on") {
    const auto here = std::this_thread::get_id();
    std::atomic<bool> ticked = false;
    gyre::event_loop::current().call_later(1ms, [&] { ticked = true; });
    const auto there = co_await gyre::to_thread([&] {
        while (!ticked) std::this_thread::yield();
        return std::this_thread::get_id();
    });
    CHECK(there != here);
    CHECK(std::this_thread::get_id() == here);
}

namespace {
std::string joined(const std::string& a, std::string& b, int n) {
    b += a;
    return b + std::to_string(n);
}
struct counter {
    int add(int n) { return sum += n; }
    int sum = 0;
};
}  // namespace

GYRE_TEST("arguments are kept; references go through std::ref; members are callable; results may be references, move-only or nothing") {
    std::string by_reference = "b";
    const std::string text = co_await gyre::to_thread(joined, std::string("a"), std::ref(by_reference), 3);
    CHECK(text == "ba3");
    CHECK(by_reference == "ba");
    counter c;
    const int sum = co_await gyre::to_thread(&counter::add, &c, 5);
    CHECK(sum == 5);
    int& same = co_await gyre::to_thread([&]() -> int& { return c.sum; });
    CHECK(&same == &c.sum);
    const std::unique_ptr<int> moved = co_await gyre::to_thread([] { return std::make_unique<int>(7); });
    CHECK(*moved == 7);
    bool ran = false;
    co_await gyre::to_thread([&] { ran = true; });
    CHECK(ran);
}

GYRE_TEST("exceptions cross, and a cancelled_error of the function's own too") {
    std::string message;
    try {
        co_await gyre::to_thread([] { throw std::runtime_error("there"); });
    } catch (const std::runtime_error& e) {
        message = e.what();
    }
    CHECK(message == "there");
    bool cancelled = false;
    try {
        co_await gyre::to_thread([] { throw gyre::cancelled_error(); });
    } catch (const gyre::cancelled_error&) {
        cancelled = true;
    }
    CHECK(cancelled);
}

GYRE_TEST("what the function holds is destroyed in the loop's thread") {
    std::atomic<bool> elsewhere = false;
    const auto here = std::this_thread::get_id();
    {
        const auto deleter = [&](int* p) {
            delete p;
            if (std::this_thread::get_id() != here) elsewhere = true;
        };
        std::shared_ptr<int> held(new int(1), deleter);
        auto work = [held] { return *held; };
        held.reset();
        const int got = co_await gyre::to_thread(work);
        CHECK(got == 1);
    }
    CHECK_FALSE(elsewhere);
}

GYRE_TEST("a cancel of a running call waits for it; its result is delivered and the cancel comes at the next await") {
    gate g;
    int delivered = 0;
    bool went_past_the_next_await = false;
    auto caller = [&]() -> gyre::task<> {
        delivered = co_await gyre::to_thread([&] {
            g.pass();
            return 42;
        });
        co_await gyre::yield();
        went_past_the_next_await = true;
    };
    auto f = gyre::spawn(caller());
    co_await g.until_arrived(1);
    f.cancel();
    f.cancel();
    for (int i = 0; i < 10; ++i) co_await gyre::sleep(100us);
    CHECK_FALSE(f.done());
    g.open();
    const auto end = co_await gyre::as_outcome(f);
    CHECK(end.cancelled());
    CHECK(delivered == 42);
    CHECK_FALSE(went_past_the_next_await);
}

GYRE_TEST("a limit on a running call waits for it, and an error that it ends with is thrown") {
    gate g;
    std::string message;
    auto work = [&] {
        g.pass();
        throw std::runtime_error("late");
    };
    auto call = [&]() -> gyre::task<> { co_await gyre::to_thread(work); };
    auto running = gyre::spawn(call());
    co_await g.until_arrived(1);
    auto limited = [&]() -> gyre::task<> { co_await gyre::wait_for(running, 1ms); };
    auto f = gyre::spawn(limited());
    co_await gyre::sleep(5ms);
    CHECK_FALSE(f.done());
    g.open();
    const auto end = co_await gyre::as_outcome(f);
    try {
        end.value();
    } catch (const std::runtime_error& e) {
        message = e.what();
    }
    CHECK(message == "late");
}

GYRE_TEST("a task that was cancelled before never calls") {
    bool called = false;
    auto caller = [&]() -> gyre::task<> {
        gyre::current_task().cancel();
        co_await gyre::to_thread([&] { called = true; });
    };
    const auto end = co_await gyre::as_outcome(gyre::spawn(caller()));
    CHECK(end.cancelled());
    CHECK_FALSE(called);
}

GYRE_TEST_VIRTUAL("virtual time does not jump while a thread works") {
    const gyre::test::loop_stopwatch clock;
    auto timer = gyre::spawn([]() -> gyre::task<> { co_await gyre::sleep(1h); }());
    co_await gyre::to_thread([] { std::this_thread::sleep_for(30ms); });
    CHECK(clock.elapsed() == 0s);
    CHECK_FALSE(timer.done());
    co_await timer;
    CHECK(clock.elapsed() == 1h);
}

GYRE_TEST("hundreds of calls at once all come back") {
    std::vector<gyre::task<int>> calls;
    auto call = [](int n) -> gyre::task<int> {
        const int got = co_await gyre::to_thread([n] { return n; });
        co_return got;
    };
    for (int i = 0; i < 500; ++i) calls.push_back(call(i));
    const auto results = co_await gyre::gather(std::move(calls));
    int wrong = 0;
    for (int i = 0; i < 500; ++i) wrong += results[static_cast<std::size_t>(i)] != i ? 1 : 0;
    CHECK(wrong == 0);
}

TEST_CASE("a loop that closes waits for the call that runs") {
    std::atomic<bool> ended = false;
    gate g;
    {
        gyre::event_loop loop(gyre::test::options());
        auto caller = [&]() -> gyre::task<> {
            co_await gyre::to_thread([&] {
                g.pass();
                std::this_thread::sleep_for(5ms);
                ended = true;
            });
        };
        auto f = loop.spawn(caller());
        loop.run_until_complete(g.until_arrived(1));
        g.open();
        loop.close();
        CHECK(ended);
    }
}
