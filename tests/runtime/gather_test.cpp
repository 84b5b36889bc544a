#include <memory>
#include <stdexcept>
#include <string>
#include <vector>

#include "support/cancel_ends.hpp"
#include "support/later.hpp"
#include "support/test.hpp"

using namespace std::chrono_literals;
using gyre::test::later;

namespace {

gyre::task<> fail_after(std::chrono::milliseconds d) {
    co_await gyre::sleep(d);
    throw std::runtime_error("failed");
}
gyre::task<int> until_cancelled(bool& cleaned) {
    try {
        co_await gyre::sleep(1h);
    } catch (const gyre::cancelled_error&) {
        cleaned = true;
        throw;
    }
    co_return 0;
}

}  // namespace

GYRE_TEST_VIRTUAL("gather gives the results in the order given, whatever ends first") {
    const auto results = co_await gyre::gather(later(1, 30ms), later(2, 10ms), later(3, 20ms));
    CHECK(results == std::tuple<int, int, int>(1, 2, 3));
    std::vector<gyre::task<int>> many;
    for (int i = 0; i < 100; ++i) many.push_back(later(i, std::chrono::milliseconds(100 - i)));
    const auto list = co_await gyre::gather(std::move(many));
    for (std::size_t i = 0; i < 100; ++i) CHECK(list[i] == static_cast<int>(i));
}

GYRE_TEST_VIRTUAL("gathered tasks run at the same time") {
    const auto begin = gyre::event_loop::current().time();
    std::vector<gyre::task<int>> many;
    for (int i = 0; i < 1000; ++i) many.push_back(later(i, 5000ms));
    co_await gyre::gather(std::move(many));
    CHECK(gyre::event_loop::current().time() - begin == 5s);
}

GYRE_TEST("gather of nothing gives nothing at once") {
    co_await gyre::gather();
    const auto none = co_await gyre::gather(std::vector<gyre::task<int>>());
    CHECK(none.empty());
    const auto no_futures = co_await gyre::gather(std::vector<gyre::future<int>>());
    CHECK(no_futures.empty());
}

GYRE_TEST_VIRTUAL("the first failure cancels the other children, awaits them and is thrown as it is") {
    bool cleaned = false;
    std::string what;
    try {
        co_await gyre::gather(until_cancelled(cleaned), fail_after(1ms));
    } catch (const std::runtime_error& e) {
        what = e.what();
    }
    CHECK(what == "failed");
    CHECK(cleaned);
}

GYRE_TEST_VIRTUAL("cancelling the caller cancels the children and awaits them") {
    bool cleaned = false;
    auto caller = [&]() -> gyre::task<> { co_await gyre::gather(until_cancelled(cleaned), later(1, 10ms)); };
    auto f = gyre::spawn(caller());
    co_await gyre::sleep(1ms);
    f.cancel();
    bool thrown = false;
    try {
        co_await f;
    } catch (const gyre::cancelled_error&) {
        thrown = true;
    }
    CHECK(thrown);
    CHECK(cleaned);
    CHECK(f.cancelled());
}

GYRE_TEST_VIRTUAL("results that all came before the cancel are delivered, and the cancel waits for the next await") {
    bool delivered = false;
    bool thrown_later = false;
    auto quick = [](int n) -> gyre::task<int> { co_return n; };
    auto caller = [&]() -> gyre::task<> {
        const auto both = co_await gyre::gather(quick(1), quick(2));
        delivered = std::get<1>(both) == 2;
        try {
            co_await gyre::sleep(1h);
        } catch (const gyre::cancelled_error&) {
            thrown_later = true;
            throw;
        }
    };
    auto f = gyre::spawn(caller());
    co_await gyre::yield();  // it has started the children
    co_await gyre::yield();  // they have ended
    f.cancel();
    std::vector<gyre::future<>> one(1, f);
    co_await gyre::wait(one);
    CHECK(delivered);
    CHECK(thrown_later);
    CHECK(f.cancelled());
}

GYRE_TEST_VIRTUAL("gather by handle throws the first error at once and lets the others run on") {
    auto good = gyre::spawn(later(1, 50ms));
    auto bad_task = []() -> gyre::task<int> {
        co_await gyre::sleep(1ms);
        throw std::runtime_error("first");
    };
    auto bad = gyre::spawn(bad_task());
    bool thrown = false;
    try {
        co_await gyre::gather(good, bad);
    } catch (const std::runtime_error&) {
        thrown = true;
    }
    CHECK(thrown);
    CHECK_FALSE(good.done());
    const int value = co_await good;
    CHECK(value == 1);
}

GYRE_TEST_VIRTUAL("cancelling a gather by handle cancels every future") {
    auto a = gyre::spawn(later(1, 50ms));
    auto b = gyre::spawn(later(2, 50ms));
    auto caller = [&]() -> gyre::task<> { co_await gyre::gather(a, b); };
    const bool cancelled = co_await gyre::test::cancel_ends(caller());
    CHECK(cancelled);
    CHECK(a.cancelled());
    CHECK(b.cancelled());
}

GYRE_TEST_VIRTUAL("gather_outcomes gives values, errors and cancellations side by side") {
    auto cancel_self = []() -> gyre::task<int> {
        gyre::current_task().cancel();
        co_await gyre::yield();
        co_return 0;
    };
    const auto outcomes = co_await gyre::gather_outcomes(later(1, 1ms), fail_after(1ms), cancel_self());
    CHECK(std::get<0>(outcomes).value() == 1);
    CHECK_THROWS_AS(std::get<1>(outcomes).value(), std::runtime_error);
    CHECK(std::get<2>(outcomes).cancelled());
}

GYRE_TEST_VIRTUAL("void children give monostate, and a vector of them nothing") {
    auto nothing = []() -> gyre::task<> { co_await gyre::sleep(1ms); };
    const auto both = co_await gyre::gather(nothing(), later(1, 1ms));
    CHECK(std::get<1>(both) == 1);
    std::vector<gyre::task<>> all;
    all.push_back(nothing());
    co_await gyre::gather(std::move(all));
}
