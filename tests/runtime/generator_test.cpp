// Async generators, and the bounded maps that are made of them.
#include <memory>
#include <optional>
#include <ranges>
#include <stdexcept>
#include <string>
#include <vector>

#include "support/cancel_ends.hpp"
#include "support/count.hpp"
#include "support/test.hpp"

using namespace std::chrono_literals;
using gyre::test::count;
using gyre::test::tracked;

namespace {

gyre::async_generator<int> failing() {
    co_yield 1;
    throw std::runtime_error("in the generator");
}

}  // namespace

GYRE_TEST_VIRTUAL("a generator gives its values, then nullopt for ever") {
    auto g = count(3);
    std::vector<int> all;
    while (true) {
        const auto next = co_await g.next();
        if (!next) break;
        all.push_back(*next);
    }
    CHECK(all == std::vector<int>{0, 1, 2});
    const auto after = co_await g.next();
    CHECK_FALSE(after.has_value());
}

GYRE_TEST_VIRTUAL("a generator that is left early releases what it holds at once") {
    tracked::reset();
    {
        auto g = count(3);
        co_await g.next();
        CHECK(tracked::alive() == 1);
    }
    CHECK(tracked::alive() == 0);
    auto g = count(3);
    co_await g.next();
    co_await g.close();
    CHECK(tracked::alive() == 0);
    const auto after = co_await g.next();
    CHECK_FALSE(after.has_value());
}

GYRE_TEST("a generator's error is thrown once, then it has ended") {
    auto g = failing();
    co_await g.next();
    bool thrown = false;
    try {
        co_await g.next();
    } catch (const std::runtime_error&) {
        thrown = true;
    }
    CHECK(thrown);
    const auto after = co_await g.next();
    CHECK_FALSE(after.has_value());
}

GYRE_TEST_VIRTUAL("a generator advanced by two tasks at once is an error") {
    auto g = count(3);
    auto next = [&]() -> gyre::task<> { co_await g.next(); };
    auto first = gyre::spawn(next());
    auto second = gyre::spawn(next());
    std::string refusal;
    try {
        co_await second;
    } catch (const gyre::invalid_state_error& e) {
        refusal = e.what();
    }
    CHECK_THAT(refusal, Catch::Contains("advanced by two tasks at once") && Catch::Contains("a lock"));
    co_await first;
    const auto next_one = co_await g.next();
    CHECK(next_one == 1);
}

GYRE_TEST_VIRTUAL("who asks for the next value while another has still to take the last one is refused, and takes nothing away") {
    // The error is there, but who waits for it has not run yet.
    auto g = failing();
    co_await g.next();
    std::string error;
    std::string refusal;
    auto waits = [&]() -> gyre::task<> {
        try {
            co_await g.next();
        } catch (const std::runtime_error& e) {
            error = e.what();
        }
    };
    // So many that the way back from the generator goes through the ready queue.
    gyre::promise<> set;
    set.set_value();
    const gyre::future<> done = set.get_future();
    auto spends_hops = [&]() -> gyre::task<> {
        for (unsigned i = 0; i < gyre::detail::scheduler::hop_budget - 3; ++i) co_await done;
        co_await waits();
    };
    auto intrudes = [&]() -> gyre::task<> {
        try {
            co_await g.next();
        } catch (const gyre::invalid_state_error& e) {
            refusal = e.what();
        }
    };
    auto first = gyre::spawn(spends_hops());
    auto second = gyre::spawn(intrudes());
    co_await first;
    co_await second;
    CHECK(error == "in the generator");
    CHECK_THAT(refusal, Catch::Contains("advanced by two tasks at once"));
}

GYRE_TEST_VIRTUAL("a generator that is closed while a task waits for its next value is an error, and goes on") {
    auto g = count(3);
    auto next = [&]() -> gyre::task<std::optional<int>> { co_return co_await g.next(); };
    auto f = gyre::spawn(next());
    co_await gyre::yield();
    std::string refusal;
    try {
        co_await g.close();
    } catch (const gyre::invalid_state_error& e) {
        refusal = e.what();
    }
    CHECK_THAT(refusal, Catch::Contains("closed while a task waits") && Catch::Contains("cancel that task first"));
    const std::optional<int> first = co_await f;
    CHECK(first == 0);
}

GYRE_TEST_VIRTUAL("a generator destroyed while a task waits for its next value gives that value, and is unwound then") {
    tracked::reset();
    auto g = std::make_unique<gyre::async_generator<int>>(count(3));
    auto next = [&]() -> gyre::task<std::optional<int>> { co_return co_await g->next(); };
    auto f = gyre::spawn(next());
    co_await gyre::yield();
    g.reset();
    CHECK(tracked::alive() == 1);
    const std::optional<int> value = co_await f;
    CHECK(value == 0);
    CHECK(tracked::alive() == 0);
    // The same when the wait is cancelled.
    g = std::make_unique<gyre::async_generator<int>>(count(3));
    auto cancelled = gyre::spawn(next());
    co_await gyre::yield();
    g.reset();
    cancelled.cancel();
    const auto end = co_await gyre::as_outcome(cancelled);
    CHECK(end.cancelled());
    CHECK(tracked::alive() == 0);
}

GYRE_TEST("a generator that destroys its own object ends with the value it was asked for") {
    tracked::reset();
    std::optional<gyre::async_generator<int>> g;
    auto suicidal = [&]() -> gyre::async_generator<int> {
        const tracked guard;
        g.reset();
        co_yield 1;
    };
    g.emplace(suicidal());
    const auto last = co_await g->next();
    CHECK(last == 1);
    CHECK(tracked::alive() == 0);
}

GYRE_TEST("a generator gives references to its own objects, which may be changed between two values") {
    auto counter = []() -> gyre::async_generator<int&> {
        int n = 0;
        while (n < 10) {
            co_yield n;
            ++n;
        }
    };
    auto g = counter();
    int steps = 0;
    while (true) {
        const std::optional<std::reference_wrapper<int>> n = co_await g.next();
        if (!n) break;
        n->get() += 4;
        ++steps;
    }
    CHECK(steps == 2);
    auto constant = []() -> gyre::async_generator<const std::string&> {
        const std::string text = "text";
        co_yield text;
    };
    auto texts = constant();
    const auto text = co_await texts.next();
    CHECK(text->get() == "text");
}

GYRE_TEST("a generator yields lvalues by copy, rvalues by move, and braced lists") {
    struct point {
        point(std::string n, int at) : name(std::move(n)), x(at) {}  // g++ 12 destroys aggregates in a co_yield twice
        std::string name;
        int x;
    };
    auto points = []() -> gyre::async_generator<point> {
        point p("a long enough name not to fit into the string itself", 1);
        co_yield p;
        p.x = 2;
        co_yield std::move(p);
        co_yield {"braced, and also long enough to be on the heap", 3};
    };
    std::vector<int> xs;
    std::string names;
    auto note = [&](const point& p) {
        xs.push_back(p.x);
        names += p.name.substr(0, 1);
    };
    co_await gyre::for_each(points(), note);
    CHECK(xs == std::vector<int>{1, 2, 3});
    CHECK(names == "aab");
}

GYRE_TEST_VIRTUAL("an exception in the loop over a generator runs the generator's clean-up before the loop's handler") {
    tracked::reset();
    bool handled = false;
    try {
        auto g = count(3);
        co_await g.next();
        throw std::runtime_error("in the loop");
    } catch (const std::runtime_error&) {
        handled = tracked::alive() == 0;
    }
    CHECK(handled);
}

GYRE_TEST_VIRTUAL("a generator may be handed from task to task between two values") {
    auto g = count(2);
    auto next = [&]() -> gyre::task<std::optional<int>> { co_return co_await g.next(); };
    const std::optional<int> first = co_await gyre::spawn(next());
    const std::optional<int> second = co_await gyre::spawn(next());
    CHECK(first == 0);
    CHECK(second == 1);
}

TEST_CASE("a generator that is left half-way by a task which the closing loop cancels is unwound before close() returns") {
    tracked::reset();
    {
        gyre::event_loop loop(gyre::test::virtual_time_options());
        auto iterate = []() -> gyre::task<> {
            auto g = count(100);
            while (true) {
                const auto next = co_await g.next();
                if (!next) break;
                co_await gyre::sleep(1h);
            }
        };
        auto main = []() -> gyre::task<> { co_await gyre::sleep(5ms); };
        auto left = loop.spawn(iterate());
        loop.run_until_complete(main());
        CHECK(tracked::alive() == 1);
        loop.close();
        CHECK(left.cancelled());
        CHECK(tracked::alive() == 0);
    }
}

GYRE_TEST_VIRTUAL("a cancel inside a generator ends it") {
    auto g = count(3);
    auto next = [&]() -> gyre::task<> { co_await g.next(); };
    auto f = gyre::spawn(next());
    co_await gyre::yield();
    f.cancel();
    co_await gyre::sleep(1ms);
    CHECK(f.cancelled());
    const auto after = co_await g.next();
    CHECK_FALSE(after.has_value());
}

GYRE_TEST_VIRTUAL("map_unordered gives results as they come, with no more than n at a time") {
    std::vector<int> items{50, 10, 30, 20};
    int running = 0;
    int most = 0;
    auto fn = [&](int ms) -> gyre::task<int> {
        most = std::max(most, ++running);
        co_await gyre::sleep(std::chrono::milliseconds(ms));
        --running;
        co_return ms;
    };
    const auto all = co_await gyre::collect(gyre::map_unordered(items, 2, fn));
    CHECK(all == std::vector<int>{10, 30, 50, 20});
    CHECK(most == 2);
}

GYRE_TEST_VIRTUAL("map_unordered throws the first failure when the others have been cancelled and awaited") {
    std::vector<int> items{1, 100, 100};
    int cleaned = 0;
    auto fn = [&](int ms) -> gyre::task<int> {
        try {
            co_await gyre::sleep(std::chrono::milliseconds(ms));
        } catch (const gyre::cancelled_error&) {
            ++cleaned;
            throw;
        }
        throw std::runtime_error("failed");
    };
    bool thrown = false;
    try {
        co_await gyre::collect(gyre::map_unordered(items, 3, fn));
    } catch (const std::runtime_error&) {
        thrown = true;
    }
    CHECK(thrown);
    CHECK(cleaned == 2);
}

GYRE_TEST_VIRTUAL("map_unordered that is left early cancels its calls, which end by themselves") {
    tracked::reset();
    auto fn = [](int ms) -> gyre::task<int> {
        const tracked guard;
        co_await gyre::sleep(std::chrono::milliseconds(ms));
        co_return ms;
    };
    {
        auto results = gyre::map_unordered(std::vector<int>{1, 1000, 1000}, 3, fn);
        const auto first = co_await results.next();
        CHECK(first == 1);
        CHECK(tracked::alive() == 2);
    }
    co_await gyre::sleep(1ms);
    CHECK(tracked::alive() == 0);
}

GYRE_TEST_VIRTUAL("for_each_concurrent runs every call, no more than n at a time, over a lazy range") {
    int running = 0;
    int most = 0;
    long sum = 0;
    auto fn = [&](int n) -> gyre::task<> {
        most = std::max(most, ++running);
        co_await gyre::sleep(1ms);
        sum += n;
        --running;
    };
    co_await gyre::for_each_concurrent(std::views::iota(0, 1000), 10, fn);
    CHECK(sum == 499'500);
    CHECK(most == 10);
}

GYRE_TEST_VIRTUAL("cancelling a for_each_concurrent cancels its calls and awaits them") {
    int cleaned = 0;
    auto fn = [&](int) -> gyre::task<> {
        try {
            co_await gyre::sleep(1h);
        } catch (const gyre::cancelled_error&) {
            ++cleaned;
            throw;
        }
    };
    auto body = [&]() -> gyre::task<> { co_await gyre::for_each_concurrent(std::views::iota(0, 100), 5, fn); };
    const bool cancelled = co_await gyre::test::cancel_ends(body());
    CHECK(cancelled);
    CHECK(cleaned == 5);
}
