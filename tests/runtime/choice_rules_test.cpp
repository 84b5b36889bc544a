// race, first_success, wait and as_completed beyond the plain case.
#include <stdexcept>
#include <string>
#include <vector>

#include "support/later.hpp"
#include "support/test.hpp"

using namespace gyre;
using namespace std::chrono_literals;
using gyre::test::cleans_up;
using gyre::test::fails;
using gyre::test::later;

namespace {

// Ends with another error when it is cancelled.
task<int> bad_loser() {
    try {
        co_await gyre::sleep(1h);
    } catch (const cancelled_error&) {
        throw std::logic_error("a loser's error");
    }
    co_return 0;
}

}  // namespace

// GYRE_TEST fails when an error reaches the loop's exception handler.
GYRE_TEST_VIRTUAL("an error that a loser of a race raises while it is cancelled is dropped") {
    const auto first = co_await race(bad_loser(), later(3, 1ms));
    CHECK(std::get<1>(first) == 3);
    const auto results = co_await race_results(bad_loser(), later(3, 1ms));
    CHECK(std::get<1>(results) == 3);
    CHECK_FALSE(std::get<0>(results).has_value());
    const auto success = co_await first_success(bad_loser(), later(3, 1ms));
    CHECK(std::get<1>(success) == 3);
}

GYRE_TEST_VIRTUAL("a race whose tasks all fail throws the first one's error") {
    std::string what;
    try {
        co_await race(fails("slow", 2ms), fails("quick", 1ms));
    } catch (const std::runtime_error& e) {
        what = e.what();
    }
    CHECK(what == "quick");
}

GYRE_TEST_VIRTUAL("of a race whose tasks end in one turn, the one that ended first has won") {
    const auto first = co_await race(later(1, 5ms), later(2, 5ms));
    CHECK(first.index() == 0);
}

GYRE_TEST_VIRTUAL("a race that a task leaves by its own cancel throws cancelled_error, and its caller is not cancelling") {
    auto leaves = []() -> task<int> {
        co_await gyre::yield();
        throw cancelled_error();
    };
    auto work = [&]() -> task<> { co_await race(leaves(), later(1, std::chrono::milliseconds(1h))); };
    auto f = spawn(work());
    const auto end = co_await as_outcome(f);
    CHECK(end.cancelled());
    CHECK(f.cancelling() == 0);
}

GYRE_TEST_VIRTUAL("a race waits for the clean-up of its losers") {
    const gyre::test::loop_stopwatch watch;
    co_await race(cleans_up(20ms), later(1, 10ms));
    CHECK(watch.elapsed() == 30ms);
}

GYRE_TEST_VIRTUAL("first_success of what was cancelled by itself and failed gives the failures only") {
    auto leaves = []() -> task<int> {
        co_await gyre::yield();
        throw cancelled_error();
    };
    std::size_t errors = 0;
    try {
        co_await first_success(leaves(), fails("x", 1ms));
    } catch (const exception_group& e) {
        errors = e.exceptions().size();
    }
    CHECK(errors == 1);
}

GYRE_TEST_VIRTUAL("wait gives what is done already, in the order given, without waiting for the rest") {
    auto a = spawn(later(1, 1ms));
    auto b = spawn(later(2, 2ms));
    auto c = spawn(later(3, 1s));
    co_await gyre::sleep(5ms);
    const gyre::test::loop_stopwatch watch;
    std::vector<future<int>> all{c, b, a};
    const auto result = co_await wait(all, first_completed);
    CHECK(watch.elapsed() == 0ms);
    REQUIRE(result.done.size() == 2);
    CHECK(result.done[0] == b);
    CHECK(result.done[1] == a);
    REQUIRE(result.pending.size() == 1);
    CHECK(result.pending[0] == c);
}

GYRE_TEST_VIRTUAL("wait(first_exception) without one waits for all; one that had failed before ends it at once") {
    std::vector<future<int>> good{spawn(later(1, 1ms)), spawn(later(2, 5ms))};
    const auto all = co_await wait(good, first_exception);
    CHECK(all.done.size() == 2);
    auto failed = spawn(fails("x", 1ms));
    co_await gyre::sleep(2ms);
    std::vector<future<int>> some{spawn(later(3, 5ms)), failed};
    const auto first = co_await wait(some, first_exception);
    CHECK(first.done.size() == 1);
    CHECK(first.pending.size() == 1);
    CHECK(failed.exception() != nullptr);
}

GYRE_TEST_VIRTUAL("a future that ends in the turn in which wait's limit passes is done, not lost") {
    std::vector<future<int>> one{spawn(later(1, 5ms))};
    const auto result = co_await wait(one, all_completed, 5ms);
    CHECK(result.done.size() + result.pending.size() == 1);
    const int value = co_await one[0];
    CHECK(value == 1);
}

GYRE_TEST_VIRTUAL("as_completed gives what is done already first, then the rest as it comes; nothing at once") {
    auto a = spawn(later(1, 1ms));
    auto b = spawn(later(2, 2ms));
    co_await gyre::sleep(5ms);
    std::vector<future<int>> all{spawn(later(3, 1ms)), b, a};
    std::vector<int> order;
    co_await for_each(as_completed(all), [&](const future<int>& f) { order.push_back(f.result()); });
    CHECK(order == std::vector<int>{2, 1, 3});
    const auto none = co_await collect(as_completed(std::vector<future<int>>()));
    CHECK(none.empty());
}

GYRE_TEST_VIRTUAL("as_completed gives failed and cancelled futures as they are, and does not throw their errors") {
    auto failed = spawn(fails("x", 1ms));
    auto cancelled = spawn(later(1, 1s));
    cancelled.cancel();
    std::vector<future<int>> all{failed, cancelled};
    const auto ended = co_await collect(as_completed(all));
    REQUIRE(ended.size() == 2);
    CHECK(ended[0].cancelled());
    CHECK(ended[1].exception() != nullptr);
}

GYRE_TEST_VIRTUAL("leaving as_completed early leaves the rest running; a cancel of who iterates too") {
    std::vector<future<int>> all{spawn(later(1, 1ms)), spawn(later(2, 50ms))};
    {
        auto ended = as_completed(all);
        co_await ended.next();
    }
    auto iterates = [&]() -> task<> { co_await collect(as_completed(all)); };
    auto f = spawn(iterates());
    co_await gyre::sleep(1ms);
    f.cancel();
    const auto end = co_await as_outcome(f);
    CHECK(end.cancelled());
    const int second = co_await all[1];
    CHECK(second == 2);
}

GYRE_TEST_VIRTUAL("as_completed with no time left gives what is done, then throws") {
    auto done = spawn(later(1, 0ms));
    co_await done;
    std::vector<future<int>> all{spawn(later(2, 5ms)), done};
    auto ended = as_completed(all, 0s);
    bool timed_out = false;
    int given = 0;
    try {
        while (true) {
            const auto next = co_await ended.next();
            if (!next) break;
            ++given;
        }
    } catch (const timeout_error& e) {
        timed_out = true;
        CHECK_THAT(e.what(), Catch::Contains("1 of 2"));
    }
    CHECK(timed_out);
    CHECK(given == 1);
    co_await all[0];
}
