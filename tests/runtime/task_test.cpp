#include <functional>
#include <memory>
#include <stdexcept>
#include <string>
#include <vector>

#include "support/test.hpp"

using namespace std::chrono_literals;

namespace {

gyre::task<int> number(int n) { co_return n; }
gyre::task<int&> reference(int& n) { co_return n; }
gyre::task<std::pair<int, std::string>> braces() { co_return {1, "one"}; }
gyre::task<std::unique_ptr<int>> move_only() { co_return std::make_unique<int>(7); }
gyre::task<int> failing() {
    throw std::runtime_error("no");
    co_return 0;
}
gyre::task<int> depth(int n) {
    if (n == 0) co_return 0;
    const int below = co_await depth(n - 1);
    co_return below + 1;
}
gyre::task<> mark(bool& ran) {
    ran = true;
    co_return;
}
gyre::task<> count_turns(int& turns, const bool& stop) {
    while (!stop) {
        ++turns;
        co_await gyre::yield();
    }
}

}  // namespace

GYRE_TEST("a task gives its value, by value, by reference, move-only and from braces") {
    const int n = co_await number(3);
    CHECK(n == 3);
    int variable = 1;
    int& same = co_await reference(variable);
    CHECK(&same == &variable);
    const auto owned = co_await move_only();
    CHECK(*owned == 7);
    const auto pair = co_await braces();
    CHECK(pair.second == "one");
}

GYRE_TEST("a task is lazy") {
    bool ran = false;
    gyre::task<> t = mark(ran);
    CHECK(static_cast<bool>(t));
    CHECK_FALSE(ran);
    co_await std::move(t);
    CHECK(ran);
    CHECK_FALSE(static_cast<bool>(t));
}

GYRE_TEST("a task's error comes out of its await") {
    std::string what;
    try {
        co_await failing();
    } catch (const std::runtime_error& e) {
        what = e.what();
    }
    CHECK(what == "no");
}

GYRE_TEST("awaiting an empty task is an error") {
    gyre::task<int> t = number(1);
    co_await std::move(t);
    bool refused = false;
    try {
        co_await std::move(t);
    } catch (const gyre::invalid_state_error&) {
        refused = true;
    }
    CHECK(refused);
}

GYRE_TEST("a recursion of 100,000 awaits does not overflow the stack") {
    const int reached = co_await depth(100'000);
    CHECK(reached == 100'000);
}

GYRE_TEST("three million ready awaits do not overflow the stack, and another task makes progress meanwhile") {
    int turns = 0;
    bool stop = false;
    auto other = gyre::spawn(count_turns(turns, stop));
    long sum = 0;
    for (int i = 0; i < 3'000'000; ++i) sum += co_await number(1);
    stop = true;
    CHECK(sum == 3'000'000);
    CHECK(turns > 1000);
    co_await other;
}

GYRE_TEST("awaiting done futures in a loop leaves the others their turn") {
    int turns = 0;
    bool stop = false;
    auto other = gyre::spawn(count_turns(turns, stop));
    auto done = gyre::spawn(number(2));
    co_await done;
    const int before = turns;
    for (int i = 0; i < 10'000; ++i) co_await done;
    CHECK(turns > before + 100);
    stop = true;
    co_await other;
}

TEST_CASE("a task that is destroyed unstarted is reported with its function and place in debug mode") {
    std::vector<std::string> reports;
    gyre::debug::set_never_awaited_handler([&](const std::string& report) { reports.push_back(report); });
    {
        const gyre::task<int> forgotten = number(1);
    }
    gyre::debug::set_never_awaited_handler({});
    REQUIRE(reports.size() == 1);
    CHECK(reports[0].find("number(int)") != std::string::npos);
    CHECK(reports[0].find("task_test.cpp:") != std::string::npos);
    CHECK(reports[0].find("never awaited") != std::string::npos);
}
