#include "sync_support.hpp"

using namespace gyre;
using namespace std::chrono_literals;
using gyre::test::settle;
using gyre::test::turns;

namespace {

task<> take(mutex& m, std::vector<int>& order, int id) {
    const auto lock = co_await m.lock();
    order.push_back(id);
    co_await yield();
}

}  // namespace

GYRE_TEST_VIRTUAL("a mutex is held by one task at a time", "[sync][mutex]") {
    mutex m;
    int inside = 0;
    int most = 0;
    int rounds = 0;
    const auto worker = [&]() -> task<> {
        for (int i = 0; i < 10; ++i) {
            const auto lock = co_await m.lock();
            most = std::max(most, ++inside);
            co_await turns(i % 3);
            --inside;
            ++rounds;
        }
    };
    std::vector<future<void>> all;
    for (int i = 0; i < 5; ++i) all.push_back(spawn(worker()));
    for (auto& f : all) co_await f;
    REQUIRE(most == 1);
    REQUIRE(rounds == 50);
    REQUIRE_FALSE(m.locked());
}

GYRE_TEST_VIRTUAL("a mutex is given in the order of asking", "[sync][mutex]") {
    mutex m;
    std::vector<int> order;
    std::vector<future<void>> all;
    {
        const auto lock = co_await m.lock();
        for (int i = 0; i < 5; ++i) all.push_back(spawn(take(m, order, i)));
        co_await settle();
        REQUIRE(order.empty());
    }
    for (auto& f : all) co_await f;
    REQUIRE(order == std::vector<int>{0, 1, 2, 3, 4});
}

GYRE_TEST_VIRTUAL("who comes between a release and the woken task's turn does not get the mutex", "[sync][mutex]") {
    mutex m;
    std::vector<int> order;
    std::optional<mutex::guard> lock(co_await m.lock());
    auto waiting = spawn(take(m, order, 1));
    co_await settle();
    lock.reset();
    REQUIRE(m.locked());
    REQUIRE_FALSE(m.try_lock().has_value());
    co_await take(m, order, 2);
    co_await waiting;
    REQUIRE(order == std::vector<int>{1, 2});
}

GYRE_TEST_VIRTUAL("a task cancelled in the line leaves it, and the next one gets the mutex", "[sync][mutex]") {
    mutex m;
    std::vector<int> order;
    std::optional<mutex::guard> lock(co_await m.lock());
    auto first = spawn(take(m, order, 1));
    auto second = spawn(take(m, order, 2));
    auto third = spawn(take(m, order, 3));
    co_await settle();
    second.cancel();
    co_await settle();
    REQUIRE(second.cancelled());
    lock.reset();
    co_await first;
    co_await third;
    REQUIRE(order == std::vector<int>{1, 3});
    REQUIRE_FALSE(m.locked());
}

GYRE_TEST_VIRTUAL("a task cancelled after it was given the mutex has it, and the cancel waits for its next await", "[sync][mutex]") {
    mutex m;
    bool entered = false;
    bool passed = false;
    const auto body = [&]() -> task<> {
        const auto lock = co_await m.lock();
        entered = true;
        co_await yield();
        passed = true;
    };
    std::optional<mutex::guard> lock(co_await m.lock());
    auto waiting = spawn(body());
    co_await settle();
    lock.reset();
    waiting.cancel();
    co_await settle();
    REQUIRE(entered);
    REQUIRE_FALSE(passed);
    REQUIRE(waiting.cancelled());
    REQUIRE_FALSE(m.locked());
}

GYRE_TEST_VIRTUAL("a cancel and the release in one turn, cancel first: the next in line gets the mutex", "[sync][mutex]") {
    mutex m;
    std::vector<int> order;
    std::optional<mutex::guard> lock(co_await m.lock());
    auto first = spawn(take(m, order, 1));
    auto second = spawn(take(m, order, 2));
    co_await settle();
    first.cancel();
    lock.reset();
    co_await second;
    REQUIRE(first.cancelled());
    REQUIRE(order == std::vector<int>{2});
}

GYRE_TEST_VIRTUAL("a cancel that is pending comes before a free mutex is taken", "[sync][mutex]") {
    mutex m;
    bool entered = false;
    const auto body = [&]() -> task<> {
        current_task().cancel();
        const auto lock = co_await m.lock();
        entered = true;
    };
    auto f = spawn(body());
    co_await settle();
    REQUIRE(f.cancelled());
    REQUIRE_FALSE(entered);
    REQUIRE_FALSE(m.locked());
}

GYRE_TEST_VIRTUAL("try_lock takes a free mutex only", "[sync][mutex]") {
    mutex m;
    {
        const auto lock = m.try_lock();
        REQUIRE(lock.has_value());
        REQUIRE(*lock);
        REQUIRE(m.locked());
        REQUIRE_FALSE(m.try_lock().has_value());
    }
    REQUIRE_FALSE(m.locked());
    co_return;
}

GYRE_TEST_VIRTUAL("a guard moves, releases once, and says whether it holds", "[sync][mutex]") {
    mutex m;
    mutex other;
    mutex::guard empty;
    REQUIRE_FALSE(empty);
    mutex::guard a = co_await m.lock();
    mutex::guard b = std::move(a);
    REQUIRE_FALSE(a);
    REQUIRE(b);
    REQUIRE(m.locked());
    mutex::guard c = co_await other.lock();
    c = std::move(b);
    REQUIRE_FALSE(other.locked());
    REQUIRE(m.locked());
    mutex::guard& same = c;
    c = std::move(same);
    REQUIRE(m.locked());
    c.unlock();
    REQUIRE_FALSE(c);
    REQUIRE_FALSE(m.locked());
}

GYRE_TEST_VIRTUAL("unlocking a guard that holds nothing is an error", "[sync][mutex]") {
    mutex m;
    mutex::guard lock = co_await m.lock();
    lock.unlock();
    REQUIRE_THROWS_AS(lock.unlock(), invalid_state_error);
    REQUIRE_THROWS_AS(mutex::guard().unlock(), invalid_state_error);
}

GYRE_TEST_VIRTUAL("an exception releases the mutex", "[sync][mutex]") {
    mutex m;
    const auto fails = [&]() -> task<> {
        const auto lock = co_await m.lock();
        co_await yield();
        throw std::runtime_error("inside");
    };
    auto f = spawn(fails());
    const auto end = co_await as_outcome(std::move(f));
    REQUIRE_THROWS_AS(end.value(), std::runtime_error);
    REQUIRE_FALSE(m.locked());
}

GYRE_TEST_VIRTUAL("a time limit on lock() leaves the line and the mutex whole", "[sync][mutex]") {
    mutex m;
    std::optional<mutex::guard> lock(co_await m.lock());
    bool timed_out = false;
    try {
        const auto never = co_await wait_for(m.lock(), 1s);
    } catch (const timeout_error&) {
        timed_out = true;
    }
    REQUIRE(timed_out);
    lock.reset();
    REQUIRE_FALSE(m.locked());
    const auto again = co_await wait_for(m.lock(), 1s);
    REQUIRE(again);
}

GYRE_TEST_VIRTUAL("a mutex released in the turn in which a time limit passes is not lost", "[sync][mutex]") {
    mutex m;
    // The holder's sleep and the limit end at the same time; which comes first depends on which was armed first.
    for (const bool holder_first : {true, false}) {
        event taken;
        const auto holder = [&]() -> task<> {
            const auto lock = co_await m.lock();
            taken.set();
            if (holder_first) co_return co_await sleep(1s);
            co_await yield();
            co_await sleep(1s);
        };
        auto f = spawn(holder());
        co_await taken.wait();
        bool held = false;
        bool timed_out = false;
        try {
            const auto lock = co_await wait_for(m.lock(), 1s);
            held = m.locked();
        } catch (const timeout_error&) {
            timed_out = true;
        }
        co_await f;
        REQUIRE(held != timed_out);
        REQUIRE_FALSE(m.locked());
    }
}

GYRE_TEST_VIRTUAL("a task that finds the mutex free again and again lets others run", "[sync][mutex]") {
    mutex m;
    bool stop = false;
    long rounds = 0;
    const auto greedy = [&]() -> task<> {
        while (!stop) {
            const auto lock = co_await m.lock();
            ++rounds;
        }
    };
    auto f = spawn(greedy());
    co_await turns(100);
    stop = true;
    co_await f;
    REQUIRE(rounds >= 100);
}

GYRE_TEST_VIRTUAL("a hundred thousand locks without a wait do not grow the stack", "[sync][mutex]") {
    mutex m;
    for (int i = 0; i < 100'000; ++i) {
        const auto lock = co_await m.lock();
        if (!lock) FAIL("lock() gave an empty guard");
    }
    REQUIRE_FALSE(m.locked());
}

GYRE_TEST_VIRTUAL("who waits for a mutex is shown by the task dump", "[sync][mutex]") {
    mutex a;
    mutex b;
    const auto cross = [](mutex& first, mutex& second) -> task<> {
        const auto one = co_await first.lock();
        co_await yield();
        const auto two = co_await second.lock();
    };
    auto left = spawn(cross(a, b), "left");
    auto right = spawn(cross(b, a), "right");
    co_await settle();
    REQUIRE_FALSE(left.done());
    REQUIRE_FALSE(right.done());
    const std::string dump = debug::dump_tasks();
    REQUIRE(dump.find("left") != std::string::npos);
    REQUIRE(dump.find("mutex.lock") != std::string::npos);
    left.cancel();
    co_await right;
    REQUIRE(left.cancelled());
}
