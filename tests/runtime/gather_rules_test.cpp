// gather beyond the plain case: failures, cancels, and what becomes of the children.
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

task<int> fails_at_once() {
    throw std::runtime_error("at once");
    co_return 0;
}
task<int> throws_cancelled() {
    co_await gyre::yield();
    throw cancelled_error();
}

template <class A>
task<std::string> error_of(A awaited) {
    try {
        co_await std::move(awaited);
    } catch (const std::exception& e) {
        co_return e.what();
    } catch (const cancelled_error&) {
        co_return "cancelled";
    }
    co_return "";
}

}  // namespace

GYRE_TEST_VIRTUAL("a future may be gathered twice") {
    auto f = spawn(later(4, 1ms));
    const auto both = co_await gather(f, f);
    CHECK(both == std::tuple(4, 4));
}

GYRE_TEST_VIRTUAL("when the first child fails at once, the ones behind it never start") {
    int started = 0;
    auto counts = [&]() -> task<int> {
        ++started;
        co_return 1;
    };
    std::vector<task<int>> all;
    all.push_back(fails_at_once());
    for (int i = 0; i < 3; ++i) all.push_back(counts());
    const std::string what = co_await error_of(gather(std::move(all)));
    CHECK(what == "at once");
    CHECK(started == 0);
}

GYRE_TEST_VIRTUAL("of several failures in one turn the first is thrown, and the others are not reported") {
    auto work = []() -> task<> { co_await gather(later(1, 1s), fails("first", 5ms), fails("second", 5ms)); };
    const std::string what = co_await error_of(work());
    CHECK(what == "first");
}

GYRE_TEST_VIRTUAL("an error that a child raises while it is being cancelled does not take the first one's place") {
    auto stubborn = []() -> task<int> {
        try {
            co_await gyre::sleep(1h);
        } catch (const cancelled_error&) {
            throw std::logic_error("second");
        }
        co_return 0;
    };
    auto work = [&]() -> task<> { co_await gather(stubborn(), fails("first", 1ms)); };
    const std::string what = co_await error_of(work());
    CHECK(what == "first");
}

GYRE_TEST_VIRTUAL("a child that ends cancelled by itself cancels the others, and the gather throws cancelled_error") {
    auto sibling = spawn(later(1, 1h));
    auto awaits = [](future<int> f) -> task<int> { co_return co_await f; };
    auto work = [&]() -> task<> { co_await gather(throws_cancelled(), awaits(sibling)); };
    auto f = spawn(work());
    const auto end = co_await as_outcome(f);
    CHECK(end.cancelled());
    CHECK(sibling.cancelled());
    CHECK(f.cancelling() == 0);
}

GYRE_TEST_VIRTUAL("a cancel reaches children of children, which end before the gather does") {
    int ended = 0;
    struct counts {
        explicit counts(int& n) : n_(n) {}
        counts(const counts&) = delete;
        ~counts() { ++n_; }
        int& n_;
    };
    auto leaf = [&]() -> task<> {
        const counts c(ended);
        co_await gyre::sleep(1h);
    };
    auto pair = [&]() -> task<> { co_await gather(leaf(), leaf()); };
    auto work = [&]() -> task<> { co_await gather(pair(), pair()); };
    auto f = spawn(work());
    co_await gyre::sleep(1ms);
    f.cancel();
    const auto end = co_await as_outcome(f);
    CHECK(end.cancelled());
    CHECK(ended == 4);
}

GYRE_TEST_VIRTUAL("a gather by value is over only when a cancelled child has cleaned up") {
    const gyre::test::loop_stopwatch watch;
    auto work = [&]() -> task<> { co_await gather(cleans_up(20ms), fails("x", 10ms)); };
    const std::string what = co_await error_of(work());
    CHECK(what == "x");
    CHECK(watch.elapsed() == 30ms);
}

GYRE_TEST_VIRTUAL("a gathered future that was cancelled by others is a failure: cancelled_error at once, and the others run on") {
    auto a = spawn(later(1, 10ms));
    auto b = spawn(later(2, 1h));
    auto work = [&]() -> task<> { co_await gather(a, b); };
    auto f = spawn(work());
    co_await gyre::sleep(1ms);
    b.cancel();
    const auto end = co_await as_outcome(f);
    CHECK(end.cancelled());
    CHECK_FALSE(a.done());
    const int value = co_await a;
    CHECK(value == 1);
}

GYRE_TEST_VIRTUAL("a gather of futures that are done already gives their results") {
    auto a = spawn(later(1, 1ms));
    auto b = spawn(fails("b", 1ms));
    co_await gyre::sleep(2ms);
    const auto ends = co_await gather_outcomes(a, b);
    CHECK(std::get<0>(ends).value() == 1);
    CHECK_FALSE(std::get<1>(ends).has_value());
    std::vector<future<int>> none;
    const auto nothing = co_await gather(none);
    CHECK(nothing.empty());
}

GYRE_TEST_VIRTUAL("cancelling a gather_outcomes cancels every child, awaits them, and throws instead of giving outcomes") {
    auto a = spawn(later(1, 1h));
    auto b = spawn(later(2, 1h));
    bool reached = false;
    auto work = [&]() -> task<> {
        co_await gather_outcomes(a, b);
        reached = true;
    };
    auto by_value = [&]() -> task<> {
        co_await gather_outcomes(later(1, 1h * 1), later(2, 1h * 1));
        reached = true;
    };
    auto f = spawn(work());
    auto g = spawn(by_value());
    co_await gyre::sleep(1ms);
    f.cancel();
    g.cancel();
    const auto end = co_await as_outcome(f);
    const auto end_by_value = co_await as_outcome(g);
    CHECK(end.cancelled());
    CHECK(end_by_value.cancelled());
    CHECK(a.cancelled());
    CHECK(b.cancelled());
    CHECK_FALSE(reached);
}

GYRE_TEST_VIRTUAL("a gathered child that swallows the cancel gives its result, and the caller's request is used up") {
    auto stubborn = []() -> task<int> {
        try {
            co_await gyre::sleep(1h);
        } catch (const cancelled_error&) {
        }
        co_return 9;
    };
    int got = 0;
    auto work = [&]() -> task<> {
        const auto all = co_await gather(stubborn(), stubborn());
        got = std::get<0>(all) + std::get<1>(all);
        co_await gyre::sleep(1ms);
    };
    auto f = spawn(work());
    co_await gyre::sleep(1ms);
    f.cancel();
    co_await f;
    CHECK(got == 18);
}

GYRE_TEST_VIRTUAL("ten thousand children are gathered in order") {
    std::vector<task<int>> all;
    for (int i = 0; i < 10'000; ++i) all.push_back(later(i, std::chrono::milliseconds(i % 7)));
    const std::vector<int> values = co_await gather(std::move(all));
    bool in_order = values.size() == 10'000;
    for (std::size_t i = 0; i < values.size(); ++i) in_order = in_order && values[i] == static_cast<int>(i);
    CHECK(in_order);
}
