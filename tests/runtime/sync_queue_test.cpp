#include <memory>
#include <string>

#include "sync_support.hpp"

using namespace gyre;
using namespace std::chrono_literals;
using gyre::test::settle;
using gyre::test::turns;

namespace {

task<> get_into(queue<int>& q, std::vector<int>& items) {
    const int item = co_await q.get();
    items.push_back(item);
}

task<> put_one(queue<int>& q, int item) { co_await q.put(item); }

template <class Error, class Queue>
task<bool> get_throws(Queue& q) {
    try {
        co_await q.get();
    } catch (const Error&) {
        co_return true;
    }
    co_return false;
}
template <class Error, class Queue, class T>
task<bool> put_throws(Queue& q, T item) {
    try {
        co_await q.put(std::move(item));
    } catch (const Error&) {
        co_return true;
    }
    co_return false;
}

}  // namespace

GYRE_TEST_VIRTUAL("a queue gives items in the order they were put", "[sync][queue]") {
    queue<int> q;
    REQUIRE(q.empty());
    REQUIRE(q.max_size() == 0);
    for (int i = 0; i < 100; ++i) co_await q.put(i);
    REQUIRE(q.size() == 100);
    REQUIRE_FALSE(q.full());
    for (int i = 0; i < 100; ++i) {
        const int item = co_await q.get();
        REQUIRE(item == i);
    }
    REQUIRE(q.empty());
}

GYRE_TEST_VIRTUAL("getters wait and are served in order", "[sync][queue]") {
    queue<int> q;
    std::vector<int> a;
    std::vector<int> b;
    auto f = spawn(get_into(q, a));
    auto g = spawn(get_into(q, b));
    co_await settle();
    co_await q.put(1);
    q.put_nowait(2);
    // Given to the two, who have not run yet; nobody else gets them.
    REQUIRE(q.empty());
    REQUIRE_FALSE(q.try_get().has_value());
    co_await f;
    co_await g;
    REQUIRE(a == std::vector<int>{1});
    REQUIRE(b == std::vector<int>{2});
}

GYRE_TEST_VIRTUAL("putters of a full queue wait and get their places in order", "[sync][queue]") {
    queue<int> q(2);
    co_await q.put(0);
    co_await q.put(1);
    REQUIRE(q.full());
    auto f = spawn(put_one(q, 2));
    auto g = spawn(put_one(q, 3));
    co_await settle();
    REQUIRE(q.size() == 2);
    REQUIRE_FALSE(f.done());
    std::vector<int> items;
    for (int i = 0; i < 4; ++i) {
        co_await get_into(q, items);
        co_await settle();
        REQUIRE(f.done());
        REQUIRE(g.done() == (i > 0));
    }
    REQUIRE(items == std::vector<int>{0, 1, 2, 3});
}

GYRE_TEST_VIRTUAL("a place that came free belongs to the waiting putter, not to who comes before it runs", "[sync][queue]") {
    queue<int> q(1);
    co_await q.put(0);
    auto f = spawn(put_one(q, 1));
    co_await settle();
    const int first = q.get_nowait();
    REQUIRE(first == 0);
    REQUIRE_THROWS_AS(q.put_nowait(9), queue_full);
    const int second = q.get_nowait();
    REQUIRE(second == 1);
    co_await f;
    REQUIRE(q.empty());
}

GYRE_TEST_VIRTUAL("nowait and try forms say full and empty", "[sync][queue]") {
    queue<std::string> q(1);
    REQUIRE_THROWS_AS(q.get_nowait(), queue_empty);
    REQUIRE_FALSE(q.try_get().has_value());
    std::string text(100, 'x');
    REQUIRE(q.try_put(std::move(text)));
    std::string kept(100, 'y');
    REQUIRE_FALSE(q.try_put(std::move(kept)));
    REQUIRE(kept == std::string(100, 'y'));
    REQUIRE_THROWS_AS(q.put_nowait("z"), queue_full);
    REQUIRE(q.get_nowait() == std::string(100, 'x'));
    co_return;
}

GYRE_TEST_VIRTUAL("an item that arrives as its getter is cancelled: cancel first, it goes to the next getter", "[sync][queue]") {
    queue<int> q;
    std::vector<int> a;
    std::vector<int> b;
    auto f = spawn(get_into(q, a));
    auto g = spawn(get_into(q, b));
    co_await settle();
    f.cancel();
    q.put_nowait(7);
    co_await settle();
    REQUIRE(f.cancelled());
    REQUIRE(a.empty());
    REQUIRE(b == std::vector<int>{7});
    REQUIRE(g.done());
}

GYRE_TEST_VIRTUAL("an item that arrives as its getter is cancelled: item first, the getter has it", "[sync][queue]") {
    queue<int> q;
    std::vector<int> items;
    bool went_on = false;
    const auto body = [&]() -> task<> {
        co_await get_into(q, items);
        co_await yield();
        went_on = true;
    };
    auto f = spawn(body());
    co_await settle();
    q.put_nowait(7);
    f.cancel();
    co_await settle();
    REQUIRE(items == std::vector<int>{7});
    REQUIRE(f.cancelled());
    REQUIRE_FALSE(went_on);
}

GYRE_TEST_VIRTUAL("a cancelled getter with nobody behind it leaves the item in the queue", "[sync][queue]") {
    queue<int> q;
    std::vector<int> items;
    auto f = spawn(get_into(q, items));
    co_await settle();
    f.cancel();
    q.put_nowait(7);
    co_await settle();
    REQUIRE(q.size() == 1);
    REQUIRE(q.get_nowait() == 7);
}

GYRE_TEST_VIRTUAL("a cancelled putter takes its item back, and its place is not lost", "[sync][queue]") {
    queue<int> q(1);
    co_await q.put(0);
    auto f = spawn(put_one(q, 1));
    auto g = spawn(put_one(q, 2));
    co_await settle();
    f.cancel();
    co_await settle();
    REQUIRE(f.cancelled());
    REQUIRE(q.get_nowait() == 0);
    co_await g;
    REQUIRE(q.get_nowait() == 2);
    REQUIRE(q.empty());
    q.put_nowait(3);
    REQUIRE(q.get_nowait() == 3);
}

GYRE_TEST_VIRTUAL("a putter cancelled after its item went in has put it", "[sync][queue]") {
    queue<int> q(1);
    co_await q.put(0);
    bool returned = false;
    const auto body = [&]() -> task<> {
        co_await q.put(1);
        returned = true;
        co_await yield();
    };
    auto f = spawn(body());
    co_await settle();
    REQUIRE(q.get_nowait() == 0);
    f.cancel();
    co_await settle();
    REQUIRE(returned);
    REQUIRE(f.cancelled());
    REQUIRE(q.get_nowait() == 1);
}

GYRE_TEST_VIRTUAL("a pending cancel is thrown before get and put do anything", "[sync][queue]") {
    queue<int> q;
    q.put_nowait(1);
    const auto getter = [&]() -> task<> {
        current_task().cancel();
        co_await q.get();
    };
    const auto putter = [&]() -> task<> {
        current_task().cancel();
        co_await q.put(2);
    };
    auto f = spawn(getter());
    auto g = spawn(putter());
    co_await settle();
    REQUIRE(f.cancelled());
    REQUIRE(g.cancelled());
    REQUIRE(q.size() == 1);
}

GYRE_TEST_VIRTUAL("time limits around get and put lose nothing", "[sync][queue]") {
    queue<int> q(1);
    int late = 0;
    for (int i = 0; i < 2; ++i) {
        try {
            co_await wait_for(q.get(), 1s);
        } catch (const timeout_error&) {
            ++late;
        }
    }
    q.put_nowait(1);
    try {
        co_await wait_for(q.put(2), 1s);
    } catch (const timeout_error&) {
        ++late;
    }
    REQUIRE(late == 3);
    REQUIRE(q.get_nowait() == 1);
    REQUIRE(q.empty());
}

GYRE_TEST_VIRTUAL("join waits until every item was worked on", "[sync][queue]") {
    queue<int> q;
    int worked = 0;
    const auto worker = [&]() -> task<> {
        for (;;) {
            co_await q.get();
            co_await turns(2);
            ++worked;
            q.task_done();
        }
    };
    co_await q.join();
    std::vector<future<void>> workers;
    for (int i = 0; i < 2; ++i) workers.push_back(spawn(worker()));
    for (int i = 0; i < 10; ++i) co_await q.put(i);
    co_await q.join();
    REQUIRE(worked == 10);
    for (auto& f : workers) f.cancel();
    co_await settle();
    REQUIRE_THROWS_AS(q.task_done(), invalid_state_error);
    co_await q.join();
}

GYRE_TEST_VIRTUAL("an item handed straight to a getter, or put by a waiting putter, counts for join", "[sync][queue]") {
    queue<int> q(1);
    std::vector<int> items;
    auto getter = spawn(get_into(q, items));
    co_await settle();
    q.put_nowait(1);
    co_await getter;
    const auto joiner = [&]() -> task<> { co_await q.join(); };
    auto j = spawn(joiner());
    co_await settle();
    REQUIRE_FALSE(j.done());
    q.put_nowait(2);
    auto putter = spawn(put_one(q, 3));
    co_await settle();
    co_await get_into(q, items);
    co_await get_into(q, items);
    q.task_done();
    q.task_done();
    co_await settle();
    REQUIRE_FALSE(j.done());
    q.task_done();
    co_await j;
    co_await putter;
}

GYRE_TEST_VIRTUAL("a put that was cancelled does not count for join", "[sync][queue]") {
    queue<int> q(1);
    q.put_nowait(1);
    auto putter = spawn(put_one(q, 2));
    co_await settle();
    putter.cancel();
    co_await settle();
    REQUIRE(q.get_nowait() == 1);
    q.task_done();
    co_await q.join();
    REQUIRE_THROWS_AS(q.task_done(), invalid_state_error);
}

GYRE_TEST_VIRTUAL("shutdown: puts fail, gets drain and then fail", "[sync][queue]") {
    queue<int> q(2);
    q.put_nowait(1);
    q.put_nowait(2);
    const auto blocked = [&]() -> task<> {
        const bool thrown = co_await put_throws<queue_shut_down>(q, 3);
        REQUIRE(thrown);
    };
    auto f = spawn(blocked());
    co_await settle();
    q.shutdown();
    REQUIRE(q.is_shut_down());
    co_await f;
    REQUIRE_THROWS_AS(q.put_nowait(4), queue_shut_down);
    REQUIRE_FALSE(q.try_put(4));
    const bool put_fails = co_await put_throws<queue_shut_down>(q, 5);
    REQUIRE(put_fails);
    const int first = co_await q.get();
    REQUIRE(first == 1);
    REQUIRE(q.get_nowait() == 2);
    REQUIRE_THROWS_AS(q.get_nowait(), queue_shut_down);
    const bool get_fails = co_await get_throws<queue_shut_down>(q);
    REQUIRE(get_fails);
    q.shutdown();
    q.close();
}

GYRE_TEST_VIRTUAL("shutdown ends the getters that wait", "[sync][queue]") {
    queue<int> q;
    int ended = 0;
    const auto getter = [&]() -> task<> {
        const bool thrown = co_await get_throws<queue_shut_down>(q);
        if (thrown) ++ended;
    };
    const auto iterator = [&]() -> task<> {
        const auto item = co_await q.next();
        if (!item) ++ended;
    };
    auto f = spawn(getter());
    auto g = spawn(iterator());
    co_await settle();
    q.shutdown();
    co_await f;
    co_await g;
    REQUIRE(ended == 2);
}

GYRE_TEST_VIRTUAL("an item given before the shutdown is delivered", "[sync][queue]") {
    queue<int> q;
    std::vector<int> items;
    auto f = spawn(get_into(q, items));
    co_await settle();
    q.put_nowait(1);
    q.shutdown(true);
    co_await f;
    REQUIRE(items == std::vector<int>{1});
}

GYRE_TEST_VIRTUAL("join under a gentle shutdown still waits for the work", "[sync][queue]") {
    queue<int> q;
    q.put_nowait(1);
    const auto joiner = [&]() -> task<> { co_await q.join(); };
    auto j = spawn(joiner());
    co_await settle();
    q.shutdown();
    co_await settle();
    REQUIRE_FALSE(j.done());
    REQUIRE(q.get_nowait() == 1);
    q.task_done();
    co_await j;
}

GYRE_TEST_VIRTUAL("an immediate shutdown drops what is in it and counts that as done", "[sync][queue]") {
    queue<int> q;
    for (int i = 0; i < 3; ++i) q.put_nowait(i);
    const int in_work = q.get_nowait();
    REQUIRE(in_work == 0);
    const auto joiner = [&]() -> task<> { co_await q.join(); };
    auto j = spawn(joiner());
    co_await settle();
    q.shutdown(true);
    REQUIRE(q.empty());
    co_await settle();
    // The item that was got is still in work.
    REQUIRE_FALSE(j.done());
    q.task_done();
    co_await j;
    REQUIRE_THROWS_AS(q.task_done(), invalid_state_error);
    REQUIRE_THROWS_AS(q.get_nowait(), queue_shut_down);
}

GYRE_TEST_VIRTUAL("a gentle shutdown can be followed by an immediate one", "[sync][queue]") {
    queue<int> q;
    q.put_nowait(1);
    q.shutdown();
    REQUIRE(q.size() == 1);
    q.shutdown(true);
    REQUIRE(q.empty());
    co_await q.join();
}

GYRE_TEST_VIRTUAL("a queue is an async iterator that ends when it is shut down and drained", "[sync][queue]") {
    queue<int> q(2);
    const auto producer = [&]() -> task<> {
        for (int i = 0; i < 10; ++i) co_await q.put(i);
        q.close();
    };
    auto f = spawn(producer());
    const std::vector<int> items = co_await test::all_of(q);
    co_await f;
    REQUIRE(items.size() == 10);
    REQUIRE(std::is_sorted(items.begin(), items.end()));
    const auto end = co_await q.next();
    REQUIRE_FALSE(end.has_value());
}

GYRE_TEST_VIRTUAL("items may be movable only, and none is leaked or destroyed twice", "[sync][queue]") {
    struct here;
    using item = test::live_object<here>;
    item::reset();
    {
        queue<std::unique_ptr<item>> q(2);
        const auto producer = [&]() -> task<> {
            for (int i = 0; i < 5; ++i) {
                auto next = std::make_unique<item>(i);
                co_await q.put(std::move(next));
            }
        };
        auto f = spawn(producer());
        co_await settle();
        for (int i = 0; i < 2; ++i) {
            const auto got = co_await q.get();
            REQUIRE(got->value() == i);
        }
        co_await settle();
        f.cancel();
        co_await settle();
        REQUIRE(f.cancelled());
        REQUIRE(q.size() == 2);
    }
    REQUIRE(item::alive() == 0);

    queue<item> q;
    q.put_nowait(item(1));
    q.put_nowait(item(2));
    const item one = co_await q.get();
    REQUIRE(one.value() == 1);
    q.shutdown(true);
    REQUIRE(item::alive() == 1);
    REQUIRE(item::copies() == 0);
}

GYRE_TEST_VIRTUAL("a queue of optionals tells an empty item from the end", "[sync][queue]") {
    queue<std::optional<int>> q;
    co_await q.put(std::nullopt);
    q.shutdown();
    const auto item = co_await q.next();
    REQUIRE(item.has_value());
    REQUIRE_FALSE(item->has_value());
    const auto end = co_await q.next();
    REQUIRE_FALSE(end.has_value());
}

GYRE_TEST_VIRTUAL("a consumer that always finds items lets others run", "[sync][queue]") {
    queue<int> q;
    bool stop = false;
    long got = 0;
    const auto greedy = [&]() -> task<> {
        while (!stop) {
            co_await q.put(1);
            got += co_await q.get();
        }
    };
    auto f = spawn(greedy());
    co_await turns(50);
    stop = true;
    co_await f;
    REQUIRE(got >= 50);
}

GYRE_TEST_VIRTUAL("a negative size is an error", "[sync][queue]") {
    REQUIRE_THROWS_AS(queue<int>(static_cast<std::size_t>(-1)), invalid_state_error);
    co_return;
}

TEST_CASE("the ring under a queue wraps, grows and keeps order", "[sync][queue]") {
    detail::ring_buffer<std::string> ring;
    int in = 0;
    int out = 0;
    for (int round = 0; round < 50; ++round) {
        for (int i = 0; i < 7 + round % 5; ++i) ring.push(std::to_string(in++) + " a text too long for the small buffer");
        for (int i = 0; i < 6; ++i) REQUIRE(ring.pop() == std::to_string(out++) + " a text too long for the small buffer");
        REQUIRE(ring.size() == static_cast<std::size_t>(in - out));
        REQUIRE(ring[0] == std::to_string(out) + " a text too long for the small buffer");
    }
    detail::ring_buffer<std::string> moved(std::move(ring));
    REQUIRE(moved.size() == static_cast<std::size_t>(in - out));
    ring = std::move(moved);
    REQUIRE(ring.front() == std::to_string(out) + " a text too long for the small buffer");
}
