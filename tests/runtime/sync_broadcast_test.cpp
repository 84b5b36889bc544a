#include <memory>
#include <string>

#include "sync_support.hpp"

using namespace gyre;
using gyre::test::settle;
using gyre::test::turns;

namespace {

task<> read_all(broadcast<int>::subscription& s, std::vector<int>& items) {
    for (;;) {
        const auto item = co_await s.next();
        if (!item) co_return;
        items.push_back(*item);
    }
}

}  // namespace

GYRE_TEST_VIRTUAL("each subscriber sees each item sent after it subscribed", "[sync][broadcast]") {
    broadcast<int> b(8);
    REQUIRE(b.send(0) == 0);
    auto early = b.subscribe();
    REQUIRE(b.send(1) == 1);
    auto late = b.subscribe();
    REQUIRE(b.subscribers() == 2);
    REQUIRE(b.send(2) == 2);
    b.close();
    std::vector<int> a;
    std::vector<int> c;
    co_await read_all(early, a);
    co_await read_all(late, c);
    REQUIRE(a == std::vector<int>{1, 2});
    REQUIRE(c == std::vector<int>{2});
    REQUIRE(early.missed() == 0);
}

GYRE_TEST_VIRTUAL("subscribers that wait all get the item", "[sync][broadcast]") {
    broadcast<int> b(1);
    auto one = b.subscribe();
    auto two = b.subscribe();
    std::vector<int> a;
    std::vector<int> c;
    auto f = spawn(read_all(one, a));
    auto g = spawn(read_all(two, c));
    co_await settle();
    for (int i = 0; i < 5; ++i) {
        b.send(i);
        co_await settle();
    }
    b.close();
    co_await f;
    co_await g;
    REQUIRE(a == std::vector<int>{0, 1, 2, 3, 4});
    REQUIRE(c == a);
}

GYRE_TEST_VIRTUAL("a slow subscriber loses the oldest and is told how many", "[sync][broadcast]") {
    broadcast<int> b(3);
    auto slow = b.subscribe();
    for (int i = 0; i < 5; ++i) b.send(i);
    REQUIRE(slow.missed() == 2);
    const auto first = co_await slow.next();
    REQUIRE(first == 2);
    REQUIRE(slow.missed() == 2);
    for (int i = 5; i < 9; ++i) b.send(i);
    REQUIRE(slow.missed() == 5);
    b.close();
    std::vector<int> items;
    co_await read_all(slow, items);
    REQUIRE(items == std::vector<int>{6, 7, 8});
    REQUIRE(slow.missed() == 5);
}

GYRE_TEST_VIRTUAL("a subscriber that was woken and then overtaken is told so", "[sync][broadcast]") {
    broadcast<int> b(2);
    auto s = b.subscribe();
    std::vector<int> items;
    auto f = spawn(read_all(s, items));
    co_await settle();
    for (int i = 0; i < 5; ++i) b.send(i);
    b.close();
    co_await f;
    REQUIRE(items == std::vector<int>{3, 4});
    REQUIRE(s.missed() == 3);
}

GYRE_TEST_VIRTUAL("a cancel loses no item", "[sync][broadcast]") {
    broadcast<int> b(4);
    auto s = b.subscribe();
    std::vector<int> items;
    auto in_line = spawn(read_all(s, items));
    co_await settle();
    in_line.cancel();
    b.send(1);
    co_await settle();
    REQUIRE(in_line.cancelled());
    REQUIRE(items.empty());
    auto woken = spawn(read_all(s, items));
    co_await settle();
    REQUIRE(items == std::vector<int>{1});
    b.send(2);
    woken.cancel();
    co_await settle();
    REQUIRE(woken.cancelled());
    REQUIRE(items == std::vector<int>{1, 2});
}

GYRE_TEST_VIRTUAL("two tasks on one subscription are an error; a copy has a place of its own", "[sync][broadcast]") {
    broadcast<int> b(4);
    auto s = b.subscribe();
    std::vector<int> items;
    auto f = spawn(read_all(s, items));
    co_await settle();
    bool refused = false;
    try {
        co_await s.next();
    } catch (const invalid_state_error&) {
        refused = true;
    }
    REQUIRE(refused);
    broadcast<int>::subscription copy = s;
    REQUIRE(b.send(1) == 2);
    const auto mine = co_await copy.next();
    REQUIRE(mine == 1);
    b.close();
    co_await f;
    REQUIRE(items == std::vector<int>{1});
}

GYRE_TEST_VIRTUAL("a broadcast that goes ends its subscribers, who may outlive it", "[sync][broadcast]") {
    broadcast<std::string>::subscription s;
    {
        broadcast<std::string> b(4);
        broadcast<std::string> second = b;
        s = b.subscribe();
        {
            broadcast<std::string> third = second;
            third.send("one");
        }
        second.send("two");
    }
    std::vector<std::string> items = co_await test::all_of(s);
    REQUIRE(items == std::vector<std::string>{"one", "two"});
    const auto end = co_await s.next();
    REQUIRE_FALSE(end.has_value());
    broadcast<std::string>::subscription nothing;
    const auto none = co_await nothing.next();
    REQUIRE_FALSE(none.has_value());
    REQUIRE(nothing.missed() == 0);
}

GYRE_TEST_VIRTUAL("sending after close is an error, subscribing gives the end", "[sync][broadcast]") {
    broadcast<int> b(1);
    b.close();
    b.close();
    REQUIRE_THROWS_AS(b.send(1), channel_closed);
    auto s = b.subscribe();
    const auto end = co_await s.next();
    REQUIRE_FALSE(end.has_value());
    REQUIRE_THROWS_AS(broadcast<int>(0), invalid_state_error);
    REQUIRE_THROWS_AS(broadcast<int>(static_cast<std::size_t>(-1)), invalid_state_error);
}

GYRE_TEST_VIRTUAL("items nobody can get any more are let go", "[sync][broadcast]") {
    struct here;
    using item = test::live_object<here>;
    item::reset();
    broadcast<item> b(2);
    {
        auto s = b.subscribe();
        for (int i = 0; i < 5; ++i) b.send(item(i));
        REQUIRE(item::alive() == 2);
        const auto got = co_await s.next();
        REQUIRE(got->value() == 3);
    }
    REQUIRE(item::alive() == 0);
}

GYRE_TEST_VIRTUAL("a subscriber that always finds items lets others run", "[sync][broadcast]") {
    broadcast<int> b(4);
    auto s = b.subscribe();
    bool stop = false;
    const auto greedy = [&]() -> task<> {
        while (!stop) {
            b.send(1);
            co_await s.next();
        }
    };
    auto f = spawn(greedy());
    co_await turns(10);
    stop = true;
    co_await f;
}
