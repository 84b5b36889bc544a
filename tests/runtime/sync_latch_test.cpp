#include "sync_support.hpp"

using namespace gyre;
using gyre::test::settle;

GYRE_TEST_VIRTUAL("a latch opens at zero, for all, for good", "[sync][latch]") {
    latch l(3);
    int through = 0;
    const auto waiter = [&]() -> task<> {
        co_await l.wait();
        ++through;
    };
    std::vector<future<void>> all;
    for (int i = 0; i < 3; ++i) all.push_back(spawn(waiter()));
    co_await settle();
    l.count_down();
    REQUIRE_FALSE(l.try_wait());
    co_await settle();
    REQUIRE(through == 0);
    l.count_down(2);
    REQUIRE(l.try_wait());
    for (auto& f : all) co_await f;
    REQUIRE(through == 3);
    co_await l.wait();
}

GYRE_TEST_VIRTUAL("a latch of zero is open", "[sync][latch]") {
    latch l(0);
    REQUIRE(l.try_wait());
    co_await l.wait();
    REQUIRE_THROWS_AS(l.count_down(), invalid_state_error);
}

GYRE_TEST_VIRTUAL("arrive_and_wait meets the others", "[sync][latch]") {
    latch l(3);
    int before = 0;
    bool early = false;
    const auto worker = [&]() -> task<> {
        ++before;
        co_await l.arrive_and_wait();
        early = early || before != 3;
    };
    std::vector<future<void>> all;
    for (int i = 0; i < 3; ++i) all.push_back(spawn(worker()));
    for (auto& f : all) co_await f;
    REQUIRE_FALSE(early);
}

GYRE_TEST_VIRTUAL("counting below zero is an error and counts nothing", "[sync][latch]") {
    latch l(2);
    REQUIRE_THROWS_AS(l.count_down(3), invalid_state_error);
    REQUIRE_FALSE(l.try_wait());
    l.count_down(2);
    bool refused = false;
    try {
        co_await l.arrive_and_wait();
    } catch (const invalid_state_error&) {
        refused = true;
    }
    REQUIRE(refused);
    REQUIRE_THROWS_AS(latch(static_cast<std::size_t>(-1)), invalid_state_error);
}

GYRE_TEST_VIRTUAL("who is cancelled while it waits has arrived; who was cancelled before has not", "[sync][latch]") {
    latch l(2);
    const auto arrives = [&]() -> task<> { co_await l.arrive_and_wait(); };
    const auto too_late = [&]() -> task<> {
        current_task().cancel();
        co_await l.arrive_and_wait();
    };
    auto f = spawn(arrives());
    auto g = spawn(too_late());
    co_await settle();
    f.cancel();
    co_await settle();
    REQUIRE(f.cancelled());
    REQUIRE(g.cancelled());
    REQUIRE_FALSE(l.try_wait());
    l.count_down();
    REQUIRE(l.try_wait());
}
