// Debug mode's schedule: ready tasks run in an order that a seed decides; what the API promises an order for keeps it.
#include <string>
#include <vector>

#include "debug_support.hpp"

using gyre::task;
using gyre::debug::report_kind;
using gyre::test::captured_reports;
using gyre::test::scoped_environment;
using namespace std::chrono_literals;

namespace {

gyre::loop_options shuffled(std::uint64_t seed) {
    gyre::loop_options o = gyre::test::options();
    o.debug = true;
    o.seed = seed;
    return o;
}

// The order in which ten tasks that are ready together run, in two turns each.
std::string order_of_tasks(const gyre::loop_options& options) {
    gyre::event_loop loop(options);
    std::string order;
    auto step = [&](char name) -> task<> {
        order += name;
        co_await gyre::yield();
        order += name;
    };
    auto main = [&]() -> task<> {
        std::vector<task<>> all;
        for (char c = '0'; c <= '9'; ++c) all.push_back(step(c));
        co_await gyre::gather(std::move(all));
    };
    loop.run_until_complete(main());
    return order;
}

}  // namespace

TEST_CASE("the order of ready tasks follows from the seed", "[debug]") {
    const captured_reports quiet;
    const std::string one = order_of_tasks(shuffled(1));
    CHECK(one.size() == 20);
    CHECK(one == order_of_tasks(shuffled(1)));
    CHECK(one != order_of_tasks(shuffled(2)));
    CHECK(one != "01234567890123456789");
    std::string first_turn = one.substr(0, 10);
    std::sort(first_turn.begin(), first_turn.end());
    CHECK(first_turn == "0123456789");
}

TEST_CASE("without debug mode, or with shuffle off, ready tasks run first in, first out", "[debug]") {
    const captured_reports quiet;
    const scoped_environment plain_mode("GYRE_DEBUG", nullptr);
    gyre::loop_options plain = shuffled(1);
    plain.debug = false;
    CHECK(order_of_tasks(plain) == "01234567890123456789");
    gyre::loop_options off = shuffled(1);
    off.shuffle = false;
    CHECK(order_of_tasks(off) == "01234567890123456789");
}

TEST_CASE("the seed is reported, and GYRE_DEBUG_SEED with it repeats the order", "[debug]") {
    std::string seed;
    std::string order;
    {
        const scoped_environment open("GYRE_DEBUG_SEED", nullptr);
        const captured_reports reports;
        order = order_of_tasks(shuffled(0));
        const auto found = reports.of(report_kind::shuffled);
        REQUIRE(found.size() == 1);
        const std::string before = "GYRE_DEBUG_SEED=";
        const auto begin = found[0].find(before);
        REQUIRE(begin != std::string::npos);
        seed = found[0].substr(begin + before.size(), found[0].find(' ', begin) - begin - before.size());
    }
    const captured_reports quiet;
    {
        const scoped_environment repeated("GYRE_DEBUG_SEED", seed.c_str());
        CHECK(order_of_tasks(shuffled(0)) == order);
    }
    const scoped_environment none("GYRE_DEBUG_SEED", "0");
    CHECK(order_of_tasks(shuffled(0)) == "01234567890123456789");
}

TEST_CASE("callbacks keep their order and their places among shuffled tasks", "[debug]") {
    const captured_reports quiet;
    for (std::uint64_t seed = 1; seed <= 20; ++seed) {
        gyre::event_loop loop(shuffled(seed));
        std::string order;
        auto letter = [&](char name) -> task<> {
            order += name;
            co_return;
        };
        for (int i = 0; i < 4; ++i) {
            loop.spawn(letter(static_cast<char>('a' + i)));
            loop.call_soon([&order, i] { order += static_cast<char>('0' + i); });
        }
        loop.call_soon([&loop] { loop.stop(); });
        loop.run_forever();
        INFO("seed " << seed << ": " << order);
        REQUIRE(order.size() == 8);
        for (std::size_t i = 0; i < 4; ++i) REQUIRE(order[2 * i + 1] == static_cast<char>('0' + i));
    }
}

TEST_CASE("locks are handed on and items given out first come, first served, whatever the seed", "[debug]") {
    const captured_reports quiet;
    for (std::uint64_t seed = 1; seed <= 20; ++seed) {
        gyre::loop_options options = shuffled(seed);
        options.virtual_time = true;
        gyre::event_loop loop(options);
        std::string locked;
        std::string got;
        auto main = [&]() -> task<> {
            gyre::mutex m;
            gyre::queue<char> q;
            auto lock = [&](char name) -> task<> {
                const auto guard = co_await m.lock();
                locked += name;
                co_await gyre::yield();
            };
            auto get = [&](char name) -> task<> {
                const char item = co_await q.get();
                got += name;
                got += item;
            };
            std::vector<gyre::future<>> all;
            {
                const auto held = co_await m.lock();
                for (char c = 'a'; c <= 'd'; ++c) {
                    all.push_back(gyre::spawn(lock(c)));
                    all.push_back(gyre::spawn(get(c)));
                    co_await gyre::sleep(1ms);
                }
            }
            for (char c = 'a'; c <= 'd'; ++c) q.put_nowait(c);
            co_await gyre::gather(all);
        };
        loop.run_until_complete(main());
        INFO("seed " << seed);
        REQUIRE(locked == "abcd");
        // Each got the item of its place in the line, in whatever order they then ran.
        REQUIRE(got.size() == 8);
        for (std::size_t i = 0; i < got.size(); i += 2) REQUIRE(got[i] == got[i + 1]);
    }
}

TEST_CASE("who yields lets those that are ready run first, whatever the seed", "[debug]") {
    const captured_reports quiet;
    for (std::uint64_t seed = 1; seed <= 50; ++seed) {
        gyre::event_loop loop(shuffled(seed));
        auto main = []() -> task<int> {
            int ran = 0;
            auto count = [&]() -> task<> {
                ++ran;
                co_return;
            };
            std::vector<gyre::future<>> all;
            for (int i = 0; i < 5; ++i) all.push_back(gyre::spawn(count()));
            co_await gyre::yield();
            co_return ran;
        };
        INFO("seed " << seed);
        REQUIRE(loop.run_until_complete(main()) == 5);
    }
}
