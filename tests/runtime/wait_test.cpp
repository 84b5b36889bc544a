#include <stdexcept>
#include <vector>

#include "support/cancel_ends.hpp"
#include "support/later.hpp"
#include "support/test.hpp"

using namespace std::chrono_literals;
using gyre::test::later;

namespace {

gyre::task<int> failing(std::chrono::milliseconds d) {
    co_await gyre::sleep(d);
    throw std::runtime_error("failed");
}
std::vector<gyre::future<int>> three() {
    std::vector<gyre::future<int>> all;
    all.push_back(gyre::spawn(later(1, 30ms)));
    all.push_back(gyre::spawn(later(2, 10ms)));
    all.push_back(gyre::spawn(later(3, 20ms)));
    return all;
}

}  // namespace

GYRE_TEST_VIRTUAL("wait(first_completed) gives what is done and what is pending, which runs on") {
    auto all = three();
    const auto first = co_await gyre::wait(all, gyre::first_completed);
    REQUIRE(first.done.size() == 1);
    CHECK(first.done[0].result() == 2);
    REQUIRE(first.pending.size() == 2);
    CHECK(first.pending[0] == all[0]);
    CHECK_FALSE(first.pending[0].done());
    const int rest = co_await all[0];
    CHECK(rest == 1);
}

GYRE_TEST_VIRTUAL("wait(all_completed) gives them in order of completion") {
    auto all = three();
    const auto result = co_await gyre::wait(all);
    REQUIRE(result.done.size() == 3);
    CHECK(result.done[0].result() == 2);
    CHECK(result.done[1].result() == 3);
    CHECK(result.done[2].result() == 1);
    CHECK(result.pending.empty());
}

GYRE_TEST_VIRTUAL("wait(first_exception) ends at a failure, not at a cancellation") {
    auto all = three();
    all[1].cancel();
    all.push_back(gyre::spawn(failing(25ms)));
    const auto result = co_await gyre::wait(all, gyre::first_exception);
    CHECK(result.done.size() == 3);
    CHECK(result.pending.size() == 1);
    CHECK(all[3].exception() != nullptr);
    co_await all[0];
}

GYRE_TEST_VIRTUAL("wait's time limit is no error, and cancels nothing") {
    auto all = three();
    const auto result = co_await gyre::wait(all, gyre::all_completed, 15ms);
    CHECK(result.done.size() == 1);
    CHECK(result.pending.size() == 2);
    const auto at_once = co_await gyre::wait(all, gyre::all_completed, 0ms);
    CHECK(at_once.done.size() == 1);
    const auto rest = co_await gyre::wait(all);
    CHECK(rest.done.size() == 3);
}

GYRE_TEST("wait for nothing ends at once") {
    const auto none = co_await gyre::wait(std::vector<gyre::future<int>>(), gyre::first_completed);
    CHECK(none.done.empty());
}

GYRE_TEST_VIRTUAL("wait and as_completed give a future once that they were given twice") {
    std::vector<gyre::future<int>> all;
    all.push_back(gyre::spawn(later(1, 1ms)));
    all.push_back(gyre::spawn(later(2, 1h)));
    all.insert(all.end(), {all[0], all[1], all[0]});
    const auto first = co_await gyre::wait(all, gyre::first_completed);
    CHECK(first.done.size() == 1);
    CHECK(first.pending.size() == 1);
    auto ended = gyre::as_completed(all);
    int given = 0;
    while (true) {
        const auto next = co_await ended.next();
        if (!next) break;
        ++given;
    }
    CHECK(given == 2);
}

GYRE_TEST_VIRTUAL("cancelling who waits leaves the futures running") {
    auto all = three();
    auto waiter = [&]() -> gyre::task<> { co_await gyre::wait(all); };
    const bool cancelled = co_await gyre::test::cancel_ends(waiter());
    CHECK(cancelled);
    CHECK_FALSE(all[0].done());
    co_await gyre::wait(all);
}

GYRE_TEST_VIRTUAL("as_completed gives each future when it has ended") {
    auto all = three();
    auto ended = gyre::as_completed(all);
    std::vector<int> order;
    while (true) {
        const auto next = co_await ended.next();
        if (!next) break;
        order.push_back(next->result());
    }
    CHECK(order == std::vector<int>{2, 3, 1});
}

GYRE_TEST_VIRTUAL("as_completed throws at its time limit; leaving it leaves the rest running") {
    auto all = three();
    bool timed_out = false;
    int count = 0;
    {
        auto ended = gyre::as_completed(all, 15ms);
        try {
            while (true) {
                const auto next = co_await ended.next();
                if (!next) break;
                ++count;
            }
        } catch (const gyre::timeout_error&) {
            timed_out = true;
        }
    }
    CHECK(timed_out);
    CHECK(count == 1);
    const int last = co_await all[0];
    CHECK(last == 1);
}
