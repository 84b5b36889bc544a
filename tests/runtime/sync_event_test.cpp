#include "sync_support.hpp"

using namespace gyre;
using namespace std::chrono_literals;
using gyre::test::settle;

namespace {

task<> wait_and_note(event& e, std::vector<int>& order, int id) {
    co_await e.wait();
    order.push_back(id);
}

}  // namespace

GYRE_TEST_VIRTUAL("an event holds tasks until it is set, and lets them go in order", "[sync][event]") {
    event e;
    std::vector<int> order;
    std::vector<future<void>> all;
    for (int i = 0; i < 3; ++i) all.push_back(spawn(wait_and_note(e, order, i)));
    co_await settle();
    REQUIRE(order.empty());
    REQUIRE_FALSE(e.is_set());
    e.set();
    REQUIRE(e.is_set());
    // Only woken: nobody runs inside set().
    REQUIRE(order.empty());
    for (auto& f : all) co_await f;
    REQUIRE(order == std::vector<int>{0, 1, 2});
    co_await e.wait();
}

GYRE_TEST_VIRTUAL("who waited when the event was set goes on, though it is cleared at once", "[sync][event]") {
    event e;
    std::vector<int> order;
    auto waited = spawn(wait_and_note(e, order, 1));
    co_await settle();
    e.set();
    e.clear();
    auto late = spawn(wait_and_note(e, order, 2));
    co_await settle();
    REQUIRE(waited.done());
    REQUIRE_FALSE(late.done());
    e.set();
    e.set();
    co_await late;
    REQUIRE(order == std::vector<int>{1, 2});
}

GYRE_TEST_VIRTUAL("a cancelled wait leaves the event, a set one before the cancel ends normally", "[sync][event]") {
    event e;
    std::vector<int> order;
    auto cancelled = spawn(wait_and_note(e, order, 1));
    auto woken = spawn(wait_and_note(e, order, 2));
    co_await settle();
    cancelled.cancel();
    e.set();
    woken.cancel();
    co_await settle();
    REQUIRE(cancelled.cancelled());
    REQUIRE(order == std::vector<int>{2});
}

GYRE_TEST_VIRTUAL("waiting for a set event lets others run now and then", "[sync][event]") {
    event e;
    e.set();
    bool stop = false;
    const auto greedy = [&]() -> task<> {
        while (!stop) co_await e.wait();
    };
    auto f = spawn(greedy());
    co_await settle();
    stop = true;
    co_await f;
}

GYRE_TEST_VIRTUAL("a pending cancel is thrown by wait() though the event is set", "[sync][event]") {
    event e;
    e.set();
    std::vector<int> order;
    const auto body = [&]() -> task<> {
        current_task().cancel();
        co_await wait_and_note(e, order, 1);
    };
    auto f = spawn(body());
    co_await settle();
    REQUIRE(f.cancelled());
    REQUIRE(order.empty());
}

GYRE_TEST_VIRTUAL("an event can be set from a callback and waited for with a limit", "[sync][event]") {
    event e;
    event_loop::current().call_later(2s, [&] { e.set(); });
    bool timed_out = false;
    try {
        co_await wait_for(e.wait(), 1s);
    } catch (const timeout_error&) {
        timed_out = true;
    }
    REQUIRE(timed_out);
    test::loop_stopwatch watch;
    co_await wait_for(e.wait(), 5s);
    REQUIRE(watch.elapsed() == 1s);
}
