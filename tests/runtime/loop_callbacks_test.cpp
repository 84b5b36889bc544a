// Callbacks and what they own: each is destroyed once, also when its own destructor comes back to it, and at the latest by close().
#include <chrono>
#include <memory>
#include <stdexcept>
#include <string>
#include <vector>

#include "support/test.hpp"

using namespace gyre;
using namespace std::chrono_literals;

namespace {

struct kept;
using counted = gyre::test::live_object<kept>;

// The everyday pattern: its timer's callback keeps it alive, and it cancels the timer when it goes.
struct session {
    handle timer;
    counted here;
    ~session() { timer.cancel(); }
};

task<> nothing() { co_return; }

}  // namespace

GYRE_TEST("a callback whose destructor cancels its own handle is destroyed once") {
    counted::reset();
    auto& loop = event_loop::current();
    promise<int> unset;
    auto never = unset.get_future();
    for (const int kind : {0, 1, 2}) {
        auto s = std::make_shared<session>();
        if (kind == 0) s->timer = loop.call_later(1h, [s] {});
        if (kind == 1) s->timer = loop.call_soon([s] {});
        if (kind == 2) s->timer = never.add_done_callback([s](const future<int>&) {});
        handle outside = s->timer;
        s.reset();
        CHECK(counted::alive() == 1);
        outside.cancel();
        CHECK(counted::alive() == 0);
        CHECK(outside.cancelled());
    }
    co_return;
}

TEST_CASE("close() destroys callbacks that own their own handles, and what they make ready") {
    counted::reset();
    {
        event_loop loop(gyre::test::options());
        const auto main = [&]() -> task<> {
            auto timed = std::make_shared<session>();
            timed->timer = loop.call_later(1h, [timed] {});
            auto unset = std::make_shared<promise<int>>();
            unset->get_future().add_done_callback([here = counted()](const future<int>&) {});
            loop.call_later(1h, [unset] {});
            co_return;
        };
        loop.run_until_complete(main());
        auto soon = std::make_shared<session>();
        soon->timer = loop.call_soon([soon] {});
        soon.reset();
        CHECK(counted::alive() == 3);
        loop.close();
        CHECK(counted::alive() == 0);
    }
}

TEST_CASE("a done callback on a future of a closed loop is refused, and one of a promise that outlives its loop dropped") {
    counted::reset();
    std::unique_ptr<promise<int>> outlives;
    future<int> done;
    bool called = false;
    {
        event_loop loop(gyre::test::options());
        const auto main = [&]() -> task<int> {
            outlives = std::make_unique<promise<int>>();
            outlives->get_future().add_done_callback([&called, here = counted()](const future<int>&) { called = true; });
            co_return 7;
        };
        done = loop.spawn(main());
        loop.run_until_complete(done);
    }
    CHECK(done.result() == 7);
    CHECK_THROWS_AS(done.add_done_callback([here = counted()](const future<int>&) {}), invalid_state_error);
    CHECK(counted::alive() == 1);
    outlives->set_value(1);
    CHECK(counted::alive() == 0);
    CHECK_FALSE(called);
}

TEST_CASE("an exception handler may replace itself") {
    event_loop loop(gyre::test::options());
    std::vector<std::string> seen;
    const std::string name = "a name that is too long to be kept without memory of its own";
    loop.set_exception_handler([&, name](const unhandled_error&) {
        loop.set_exception_handler([&seen](const unhandled_error&) { seen.push_back("second"); });
        seen.push_back(name);
    });
    const auto main = [&]() -> task<> {
        for (int i = 0; i < 2; ++i) {
            loop.call_soon([] { throw std::runtime_error("of a callback"); });
            co_await yield();
            co_await yield();
        }
    };
    loop.run_until_complete(main());
    CHECK(seen == std::vector<std::string>{name, "second"});
}

TEST_CASE("a call for a time long past is due at once") {
    event_loop loop(gyre::test::options());
    bool called = false;
    loop.call_at(time_point::min(), [&] { called = true; });
    CHECK(loop.next_timeout() == duration::zero());
    loop.poll();
    loop.poll();
    CHECK(called);
}

TEST_CASE("stop() before run_forever() lets it run one turn") {
    event_loop loop(gyre::test::options());
    int called = 0;
    loop.call_soon([&] {
        ++called;
        loop.call_soon([&] { ++called; });
    });
    loop.stop();
    loop.run_forever();
    CHECK(called == 1);
    loop.close();
}

TEST_CASE("a clean-up that stops the closing loop is waited for without spinning") {
    event_loop loop(gyre::test::options());
    const auto stops = [&]() -> task<> {
        try {
            co_await gyre::sleep(1h);
        } catch (const cancelled_error&) {
            loop.stop();
        }
        co_await gyre::sleep(200ms);
    };
    loop.spawn(stops());
    loop.run_until_complete(nothing());
    const auto before = loop.stats().ticks;
    loop.close();
    CHECK(loop.stats().ticks - before < 50);
}

TEST_CASE("a task that caught one cancel before is cancelled when its loop closes, once") {
    event_loop loop(gyre::test::virtual_time_options());
    int caught = 0;
    const auto stubborn = [&]() -> task<> {
        for (int i = 0; i < 3; ++i) try {
                co_await gyre::sleep(i == 2 ? 1s : 1h);
            } catch (const cancelled_error&) {
                ++caught;
            }
    };
    auto f = loop.spawn(stubborn());
    const auto main = [&]() -> task<> {
        co_await yield();
        f.cancel();
        co_await gyre::sleep(1ms);
    };
    loop.run_until_complete(main());
    CHECK(caught == 1);
    const auto before = loop.time();
    loop.close();
    CHECK(f.done());
    CHECK(caught == 2);
    CHECK(loop.time() - before < 1min);
}
