#include "sync_support.hpp"

using namespace gyre;
using namespace std::chrono_literals;
using gyre::test::settle;

namespace {

// A mutex, a condition variable and what they protect.
struct shared {
    shared() = default;
    mutex m;
    condition_variable changed;
    int value = 0;
    std::vector<int> order;

    task<> wait_once(int id) {
        auto lock = co_await m.lock();
        co_await changed.wait(lock);
        order.push_back(id);
    }
    task<> wait_for_value(int wanted, int id) {
        auto lock = co_await m.lock();
        co_await changed.wait(lock, [&] { return value >= wanted; });
        order.push_back(id);
    }
};

}  // namespace

GYRE_TEST_VIRTUAL("waiting releases the mutex, and has it again after a notification", "[sync][condition_variable]") {
    shared s;
    bool held_inside = false;
    const auto waiter = [&]() -> task<> {
        auto lock = co_await s.m.lock();
        co_await s.changed.wait(lock);
        held_inside = static_cast<bool>(lock) && s.m.locked();
        co_await test::turns(3);
    };
    auto f = spawn(waiter());
    co_await settle();
    REQUIRE_FALSE(s.m.locked());
    s.changed.notify_one();
    co_await yield();
    co_await yield();
    REQUIRE(s.m.locked());
    co_await f;
    REQUIRE(held_inside);
    REQUIRE_FALSE(s.m.locked());
}

GYRE_TEST_VIRTUAL("notify_one lets go who waited longest, notify_all lets go all, in order", "[sync][condition_variable]") {
    shared s;
    std::vector<future<void>> all;
    for (int i = 0; i < 4; ++i) all.push_back(spawn(s.wait_once(i)));
    co_await settle();
    s.changed.notify_one();
    co_await settle();
    REQUIRE(s.order == std::vector<int>{0});
    s.changed.notify_all();
    for (auto& f : all) co_await f;
    REQUIRE(s.order == std::vector<int>{0, 1, 2, 3});
    s.changed.notify_one();
    s.changed.notify_all();
}

GYRE_TEST_VIRTUAL("a notified task waits for the mutex when the notifier holds it", "[sync][condition_variable]") {
    shared s;
    auto f = spawn(s.wait_once(1));
    co_await settle();
    {
        const auto lock = co_await s.m.lock();
        s.changed.notify_one();
        co_await settle();
        REQUIRE_FALSE(f.done());
    }
    co_await f;
}

GYRE_TEST_VIRTUAL("waiting for a predicate tests it first, and again after each notification", "[sync][condition_variable]") {
    shared s;
    s.value = 1;
    co_await s.wait_for_value(1, 0);
    auto f = spawn(s.wait_for_value(3, 1));
    for (int i = 0; i < 2; ++i) {
        co_await settle();
        REQUIRE_FALSE(f.done());
        ++s.value;
        s.changed.notify_all();
    }
    co_await f;
    REQUIRE(s.order == std::vector<int>{0, 1});
}

GYRE_TEST_VIRTUAL("what a predicate throws comes out with the mutex held", "[sync][condition_variable]") {
    shared s;
    auto lock = co_await s.m.lock();
    const auto bad = [&]() -> bool { throw std::runtime_error("predicate"); };
    bool thrown = false;
    try {
        co_await s.changed.wait(lock, bad);
    } catch (const std::runtime_error&) {
        thrown = true;
    }
    REQUIRE(thrown);
    REQUIRE(lock);
    REQUIRE(s.m.locked());
}

GYRE_TEST_VIRTUAL("a cancelled wait has the mutex again when the cancel is thrown", "[sync][condition_variable]") {
    shared s;
    bool held = false;
    const auto waiter = [&]() -> task<> {
        auto lock = co_await s.m.lock();
        try {
            co_await s.changed.wait(lock);
        } catch (const cancelled_error&) {
            held = static_cast<bool>(lock);
            throw;
        }
    };
    auto f = spawn(waiter());
    co_await settle();
    {
        // The cancel must wait for the mutex.
        const auto lock = co_await s.m.lock();
        f.cancel();
        co_await settle();
        REQUIRE_FALSE(f.done());
        f.cancel();
        co_await settle();
        REQUIRE_FALSE(f.done());
    }
    co_await settle();
    REQUIRE(f.cancelled());
    REQUIRE(held);
    REQUIRE_FALSE(s.m.locked());
}

GYRE_TEST_VIRTUAL("a time limit around a wait is thrown with the mutex held", "[sync][condition_variable]") {
    shared s;
    auto lock = co_await s.m.lock();
    bool timed_out = false;
    try {
        co_await wait_for(s.changed.wait(lock), 1s);
    } catch (const timeout_error&) {
        timed_out = true;
    }
    REQUIRE(timed_out);
    REQUIRE(lock);
    REQUIRE(s.m.locked());
    lock.unlock();
    REQUIRE_FALSE(s.m.locked());
    s.changed.notify_all();
}

GYRE_TEST_VIRTUAL("a notification for a task that is cancelled afterwards is delivered", "[sync][condition_variable]") {
    shared s;
    bool normally = false;
    const auto waiter = [&]() -> task<> {
        auto lock = co_await s.m.lock();
        co_await s.changed.wait(lock);
        normally = static_cast<bool>(lock);
        co_await yield();
    };
    for (const bool mutex_is_free : {true, false}) {
        normally = false;
        auto f = spawn(waiter());
        co_await settle();
        std::optional<mutex::guard> lock;
        if (!mutex_is_free) lock.emplace(co_await s.m.lock());
        s.changed.notify_one();
        f.cancel();
        lock.reset();
        co_await settle();
        REQUIRE(normally);
        REQUIRE(f.cancelled());
        REQUIRE_FALSE(s.m.locked());
    }
}

GYRE_TEST_VIRTUAL("a notification after a cancel in the same turn goes to the next task", "[sync][condition_variable]") {
    shared s;
    auto first = spawn(s.wait_once(1));
    auto second = spawn(s.wait_once(2));
    co_await settle();
    first.cancel();
    s.changed.notify_one();
    co_await settle();
    REQUIRE(first.cancelled());
    REQUIRE(second.done());
    REQUIRE(s.order == std::vector<int>{2});
}

GYRE_TEST_VIRTUAL("a pending cancel is thrown before the mutex is released", "[sync][condition_variable]") {
    shared s;
    bool other_ran = false;
    const auto other = [&]() -> task<> {
        const auto lock = co_await s.m.lock();
        other_ran = true;
    };
    const auto body = [&]() -> task<> {
        auto lock = co_await s.m.lock();
        auto f = spawn(other());
        co_await settle();
        current_task().cancel();
        bool thrown = false;
        try {
            co_await s.changed.wait(lock);
        } catch (const cancelled_error&) {
            thrown = true;
        }
        REQUIRE(thrown);
        REQUIRE(lock);
        REQUIRE_FALSE(other_ran);
        lock.unlock();
        co_await f;
    };
    co_await spawn(body());
    REQUIRE(other_ran);
}

GYRE_TEST_VIRTUAL("waiting without the mutex is an error", "[sync][condition_variable]") {
    shared s;
    mutex::guard nothing;
    bool refused = false;
    try {
        co_await s.changed.wait(nothing);
    } catch (const invalid_state_error&) {
        refused = true;
    }
    REQUIRE(refused);
}

GYRE_TEST_VIRTUAL("a bounded buffer on two condition variables moves every item", "[sync][condition_variable]") {
    mutex m;
    condition_variable not_full;
    condition_variable not_empty;
    std::vector<int> buffer;
    std::vector<int> received;
    const auto producer = [&](int from) -> task<> {
        for (int i = from; i < from + 20; ++i) {
            auto lock = co_await m.lock();
            co_await not_full.wait(lock, [&] { return buffer.size() < 3; });
            buffer.push_back(i);
            not_empty.notify_one();
        }
    };
    const auto consumer = [&]() -> task<> {
        for (int i = 0; i < 20; ++i) {
            auto lock = co_await m.lock();
            co_await not_empty.wait(lock, [&] { return !buffer.empty(); });
            received.push_back(buffer.back());
            buffer.pop_back();
            not_full.notify_one();
        }
    };
    std::vector<future<void>> all;
    for (int i = 0; i < 3; ++i) {
        all.push_back(spawn(producer(i * 100)));
        all.push_back(spawn(consumer()));
    }
    for (auto& f : all) co_await f;
    REQUIRE(received.size() == 60);
    std::sort(received.begin(), received.end());
    REQUIRE(std::unique(received.begin(), received.end()) == received.end());
}
