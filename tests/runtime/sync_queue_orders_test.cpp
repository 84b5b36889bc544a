#include <functional>
#include <string>

#include "sync_support.hpp"

using namespace gyre;
using gyre::test::settle;

namespace {

struct job {
    job(int p, std::string n) : priority(p), name(std::move(n)) {}
    int priority;
    std::string name;
};
struct by_priority {
    bool operator()(const job& a, const job& b) const { return a.priority < b.priority; }
};

}  // namespace

GYRE_TEST_VIRTUAL("a lifo queue gives the last item first", "[sync][lifo_queue]") {
    lifo_queue<int> q;
    for (int i = 0; i < 5; ++i) co_await q.put(i);
    for (int i = 4; i >= 0; --i) {
        const int item = co_await q.get();
        REQUIRE(item == i);
    }
}

GYRE_TEST_VIRTUAL("a bounded lifo queue lets a waiting putter in on top", "[sync][lifo_queue]") {
    lifo_queue<int> q(2);
    q.put_nowait(1);
    q.put_nowait(2);
    REQUIRE_THROWS_AS(q.put_nowait(3), queue_full);
    const auto putter = [&]() -> task<> { co_await q.put(4); };
    auto f = spawn(putter());
    co_await settle();
    REQUIRE(q.get_nowait() == 2);
    REQUIRE(q.get_nowait() == 4);
    REQUIRE(q.get_nowait() == 1);
    co_await f;
    q.shutdown();
    const auto end = co_await q.next();
    REQUIRE_FALSE(end.has_value());
}

GYRE_TEST_VIRTUAL("a priority queue gives the smallest first", "[sync][priority_queue]") {
    priority_queue<int> q;
    for (const int i : {5, 1, 4, 1, 3, 9, 2, 6}) co_await q.put(i);
    std::vector<int> items;
    while (!q.empty()) {
        const int item = co_await q.get();
        items.push_back(item);
    }
    REQUIRE(items == std::vector<int>{1, 1, 2, 3, 4, 5, 6, 9});
}

GYRE_TEST_VIRTUAL("a priority queue takes another order", "[sync][priority_queue]") {
    priority_queue<int, std::greater<int>> q;
    for (const int i : {2, 3, 1}) q.put_nowait(i);
    REQUIRE(q.get_nowait() == 3);
    REQUIRE(q.get_nowait() == 2);
    REQUIRE(q.get_nowait() == 1);
    co_return;
}

GYRE_TEST_VIRTUAL("of equal priorities the oldest comes first", "[sync][priority_queue]") {
    priority_queue<job, by_priority> q;
    test::dice d(1);
    std::vector<int> next_of(5, 0);
    for (int i = 0; i < 200; ++i) {
        const int priority = d.roll(5);
        q.put_nowait(job(priority, std::to_string(i)));
    }
    int last_priority = 0;
    int last_number = -1;
    for (int i = 0; i < 200; ++i) {
        const job got = q.get_nowait();
        const int number = std::stoi(got.name);
        if (got.priority == last_priority) REQUIRE(number > last_number);
        REQUIRE(got.priority >= last_priority);
        last_priority = got.priority;
        last_number = number;
    }
    co_return;
}

GYRE_TEST_VIRTUAL("in a full priority queue putters wait in line, not by priority", "[sync][priority_queue]") {
    priority_queue<int> q(1);
    q.put_nowait(5);
    std::vector<int> put;
    const auto putter = [&](int item) -> task<> {
        co_await q.put(item);
        put.push_back(item);
    };
    auto f = spawn(putter(9));
    auto g = spawn(putter(1));
    co_await settle();
    REQUIRE(q.get_nowait() == 5);
    co_await settle();
    REQUIRE(put == std::vector<int>{9});
    REQUIRE(q.get_nowait() == 9);
    co_await g;
    co_await f;
    REQUIRE(q.get_nowait() == 1);
}

GYRE_TEST_VIRTUAL("a priority queue shuts down and joins as the others do", "[sync][priority_queue]") {
    priority_queue<std::string> q;
    q.put_nowait("b");
    q.put_nowait("a");
    q.shutdown();
    const std::vector<std::string> items = co_await test::all_of(q);
    REQUIRE(items == std::vector<std::string>{"a", "b"});
    q.task_done();
    q.task_done();
    co_await q.join();
    REQUIRE_THROWS_AS(q.task_done(), invalid_state_error);
}
