// Futures and promises beyond the plain case: who is told, when, and of which errors nobody heard.
#include <stdexcept>
#include <string>
#include <vector>

#include "support/test.hpp"

using namespace gyre;
using namespace std::chrono_literals;

namespace {

struct here;
using tracked = gyre::test::live_object<here>;

task<int> fails(std::string what) {
    co_await gyre::yield();
    throw std::runtime_error(what);
}

// Runs main on a loop of its own; gives what its exception handler was told.
template <class Main>
std::vector<std::string> reports_of(Main main) {
    std::vector<std::string> reports;
    event_loop loop(gyre::test::virtual_time_options());
    loop.set_exception_handler([&](const unhandled_error& e) { reports.push_back(e.message); });
    loop.run_until_complete(main());
    loop.close();
    return reports;
}

}  // namespace

TEST_CASE("an error counts as retrieved when it was awaited, asked for, or gathered; not when it was only waited for") {
    CHECK(reports_of([]() -> task<> {
              auto f = spawn(fails("awaited"));
              const auto end = co_await as_outcome(f);
              CHECK_FALSE(end.has_value());
          }).empty());
    CHECK(reports_of([]() -> task<> {
              auto f = spawn(fails("asked for"));
              co_await gyre::sleep(1ms);
              CHECK(f.exception() != nullptr);
          }).empty());
    CHECK(reports_of([]() -> task<> {
              std::vector<future<int>> both{spawn(fails("one")), spawn(fails("two"))};
              co_await gather_outcomes(both);
          }).empty());
    CHECK(reports_of([]() -> task<> {
              std::vector<future<int>> both{spawn(fails("one")), spawn(fails("two"))};
              co_await wait(both);
          }).size() == 2);
}

TEST_CASE("an error behind a shield whose awaiter is gone reaches the exception handler") {
    const auto reports = reports_of([]() -> task<> {
        auto late = []() -> task<int> {
            co_await gyre::sleep(10ms);
            throw std::runtime_error("late");
        };
        auto waits = [&]() -> task<> { co_await shield(spawn(late(), "shielded")); };
        auto f = spawn(waits());
        co_await gyre::sleep(1ms);
        f.cancel();
        co_await gyre::sleep(20ms);
        CHECK(f.cancelled());
    });
    REQUIRE(reports.size() == 1);
    CHECK_THAT(reports[0], Catch::Contains("shielded") && Catch::Contains("never retrieved"));
}

TEST_CASE("an exception handler that throws does not stop the loop") {
    event_loop loop(gyre::test::options());
    int told = 0;
    loop.set_exception_handler([&](const unhandled_error&) {
        ++told;
        throw std::runtime_error("handler");
    });
    loop.call_soon([] { throw std::runtime_error("callback"); });
    auto main = []() -> task<int> {
        co_await gyre::yield();
        co_return 5;
    };
    CHECK(loop.run_until_complete(main()) == 5);
    CHECK(told == 1);
}

GYRE_TEST_VIRTUAL("who waits for a promise goes on on a later tick, not inside set_value") {
    promise<int> p;
    int got = 0;
    auto waits = [&]() -> task<> { got = co_await p.get_future(); };
    auto f = spawn(waits());
    co_await gyre::yield();
    p.set_value(2);
    CHECK(got == 0);
    co_await f;
    CHECK(got == 2);
}

GYRE_TEST_VIRTUAL("those who wait for one future go on in the order in which they came, callbacks among them") {
    promise<> p;
    std::string order;
    auto waits = [&](char name) -> task<> {
        co_await p.get_future();
        order += name;
    };
    auto a = spawn(waits('a'));
    auto b = spawn(waits('b'));
    co_await gyre::yield();
    p.get_future().add_done_callback([&](const future<>&) { order += 'c'; });
    auto d = spawn(waits('d'));
    co_await gyre::yield();
    p.set_value();
    co_await gather(a, b, d);
    CHECK(order == "abcd");
}

GYRE_TEST_VIRTUAL("a done callback sees a cancelled future, and may add another callback") {
    promise<int> p;
    bool saw_cancel = false;
    bool second = false;
    p.get_future().add_done_callback([&](const future<int>& f) {
        saw_cancel = f.cancelled();
        future<int> again = f;
        again.add_done_callback([&](const future<int>&) { second = true; });
    });
    p.get_future().cancel();
    CHECK_FALSE(saw_cancel);
    co_await gyre::sleep(1ms);
    CHECK(saw_cancel);
    CHECK(second);
}

TEST_CASE("a done callback that throws is reported, and the others still run") {
    bool other = false;
    const auto reports = reports_of([&]() -> task<> {
        promise<> p;
        p.get_future().add_done_callback([](const future<>&) { throw std::runtime_error("callback"); });
        p.get_future().add_done_callback([&](const future<>&) { other = true; });
        p.set_value();
        co_await gyre::sleep(1ms);
    });
    CHECK(other);
    CHECK(reports.size() == 1);
}

GYRE_TEST_VIRTUAL("a promise that fails gives its error to who waits, and stays failed") {
    promise<int> p;
    p.set_exception(std::make_exception_ptr(std::out_of_range("no")));
    CHECK(p.get_future().state() == future_state::done);
    CHECK_THROWS_AS(p.get_future().result(), std::out_of_range);
    CHECK_THROWS_AS(p.set_value(1), invalid_state_error);
    CHECK_FALSE(p.get_future().cancel());
    co_return;
}

GYRE_TEST_VIRTUAL("a promise without futures may be dropped unset, and one that was cancelled too") {
    {
        const promise<int> p;
    }
    future<int> f;
    {
        const promise<int> p;
        f = p.get_future();
        f.cancel();
    }
    CHECK(f.cancelled());
    CHECK_THROWS_AS(f.exception(), cancelled_error);
    co_return;
}

GYRE_TEST_VIRTUAL("a promise that is moved keeps its futures; the one it is moved over breaks its own") {
    promise<int> a;
    promise<int> b;
    auto of_a = a.get_future();
    auto of_b = b.get_future();
    b = std::move(a);
    CHECK_THROWS_AS(of_b.result(), broken_promise_error);
    b.set_value(1);
    CHECK(of_a.result() == 1);
    co_return;
}

GYRE_TEST_VIRTUAL("a task's frame is gone when it has ended, though its future lives") {
    tracked::reset();
    auto work = []() -> task<int> {
        const tracked local;
        co_await gyre::yield();
        co_return 1;
    };
    auto f = spawn(work());
    co_await gyre::yield();
    CHECK(tracked::alive() == 1);
    const int value = co_await f;
    CHECK(value == 1);
    CHECK(tracked::alive() == 0);
}

TEST_CASE("a future outlives its loop") {
    future<std::string> done;
    future<> cancelled;
    {
        event_loop loop(gyre::test::options());
        auto text = []() -> task<std::string> { co_return "text"; };
        auto endless = []() -> task<> { co_await gyre::sleep(1h); };
        done = loop.spawn(text(), "done");
        cancelled = loop.spawn(endless(), "cancelled");
        loop.run_until_complete(done);
    }
    CHECK(done.result() == "text");
    CHECK(done.name() == "done");
    CHECK(cancelled.cancelled());
    CHECK_FALSE(cancelled.cancel());
}

GYRE_TEST_VIRTUAL("tasks that are spawned start in the order of their spawns, on the next turn") {
    std::string order;
    auto work = [&](char name) -> task<> {
        order += name;
        co_return;
    };
    for (const char name : {'a', 'b', 'c'}) spawn(work(name));
    CHECK(order.empty());
    co_await gyre::yield();
    CHECK(order == "abc");
}
