// Async generators, and the bounded maps that are made of them.
#include <stdexcept>
#include <vector>

#include "support/test.hpp"

using namespace std::chrono_literals;

namespace {

struct here;
using tracked = gyre::test::live_object<here>;

gyre::async_generator<int> count(int n) {
    const tracked guard;
    for (int i = 0; i < n; ++i) {
        co_await gyre::sleep(1ms);
        co_yield i;
    }
}
gyre::async_generator<int> failing() {
    co_yield 1;
    throw std::runtime_error("in the generator");
}
template <class G>
gyre::task<std::vector<int>> drain(G g) {
    std::vector<int> all;
    while (true) {
        const auto next = co_await g.next();
        if (!next) break;
        all.push_back(*next);
    }
    co_return all;
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
    bool refused = false;
    try {
        co_await second;
    } catch (const gyre::invalid_state_error&) {
        refused = true;
    }
    CHECK(refused);
    co_await first;
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
    const auto all = co_await drain(gyre::map_unordered(items, 2, fn));
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
        co_await drain(gyre::map_unordered(items, 3, fn));
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
    auto f = gyre::spawn(body());
    co_await gyre::sleep(1ms);
    f.cancel();
    co_await gyre::sleep(1ms);
    CHECK(f.cancelled());
    CHECK(cleaned == 5);
}
