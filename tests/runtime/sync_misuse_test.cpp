// ctest: threads
// Objects used from two loops, or destroyed too early, give a clear error and do no harm.
#include <memory>
#include <string>
#include <thread>

#include "sync_support.hpp"

using namespace gyre;
using namespace std::chrono_literals;
using gyre::test::settle;

namespace {

loop_options debug_options() {
    loop_options o = test::virtual_time_options();
    o.debug = true;
    return o;
}

// Runs the body in a loop of another thread; gives what it threw.
std::exception_ptr in_another_loop(task<> (*body)(void*), void* argument) {
    std::exception_ptr error;
    std::thread([&] {
        try {
            event_loop loop(test::options());
            loop.run_until_complete(body(argument));
        } catch (...) {
            error = std::current_exception();
        }
    }).join();
    return error;
}

// A task of one loop holds what `take` gives to await, until it is released.
class held_in_one_of_two_loops {
public:
    template <class Take>
    explicit held_in_one_of_two_loops(const Take& take) {
        holder_ = one.spawn(hold(take, released_));
        one.run_until_complete(settle());
    }
    void release() {
        released_.set();
        one.run_until_complete(holder_);
    }

private:
    template <class Take>
    static task<> hold(const Take& take, event& released) {
        const auto held = co_await take();
        co_await released.wait();
    }
    event released_;

public:
    event_loop one{test::options()};
    event_loop other{test::options()};

private:
    future<> holder_;
};

std::string message_of(const std::exception_ptr& error) {
    if (!error) return "no error";
    try {
        std::rethrow_exception(error);
    } catch (const invalid_state_error& e) {
        return e.what();
    }
}

}  // namespace

GYRE_TEST_VIRTUAL("waiting on another loop's object is an error", "[sync][misuse]") {
    event e;
    const auto waits = [&]() -> task<> { co_await e.wait(); };
    auto f = spawn(waits());
    co_await settle();
    const auto error = in_another_loop([](void* p) -> task<> { co_await static_cast<event*>(p)->wait(); }, &e);
    const std::string message = message_of(error);
    REQUIRE(message.find("event.wait") != std::string::npos);
    REQUIRE(message.find("another event loop") != std::string::npos);
    e.set();
    co_await f;
}

GYRE_TEST_VIRTUAL("an object stays with the loop whose tasks have waited on it", "[sync][misuse]") {
    mutex m;
    const auto locks = [&]() -> task<> {
        const auto lock = co_await m.lock();
        co_await yield();
    };
    auto f = spawn(locks());
    auto g = spawn(locks());
    co_await f;
    co_await g;
    const auto error = in_another_loop([](void* p) -> task<> { const auto lock = co_await static_cast<mutex*>(p)->lock(); }, &m);
    REQUIRE(message_of(error).find("mutex.lock") != std::string::npos);
    REQUIRE_FALSE(m.locked());
}

GYRE_TEST_VIRTUAL("waking another loop's tasks is an error, and wakes nobody", "[sync][misuse]") {
    event e;
    queue<int> q;
    semaphore s(0);
    latch l(1);
    condition_variable c;
    mutex m;
    broadcast<int> b(1);
    auto ends = channel<int>(1);
    auto subscription = b.subscribe();
    std::vector<future<void>> all;
    const auto waits_for_event = [&]() -> task<> { co_await e.wait(); };
    const auto gets = [&]() -> task<> { co_await q.get(); };
    const auto acquires = [&]() -> task<> { const auto permit = co_await s.acquire(); };
    const auto waits_for_latch = [&]() -> task<> { co_await l.wait(); };
    const auto waits_for_condition = [&]() -> task<> {
        auto lock = co_await m.lock();
        co_await c.wait(lock);
    };
    const auto receives = [&]() -> task<> { co_await ends.rx.receive(); };
    const auto listens = [&]() -> task<> { co_await subscription.next(); };
    all.push_back(spawn(waits_for_event()));
    all.push_back(spawn(gets()));
    all.push_back(spawn(acquires()));
    all.push_back(spawn(waits_for_latch()));
    all.push_back(spawn(waits_for_condition()));
    all.push_back(spawn(receives()));
    all.push_back(spawn(listens()));
    co_await settle();
    std::vector<std::string> unnoticed;
    const auto tries = [&]() -> task<> {
        const auto expect_error = [&](const char* what, auto fn) {
            try {
                fn();
                unnoticed.emplace_back(what);
            } catch (const invalid_state_error&) {
            }
        };
        expect_error("event.set", [&] { e.set(); });
        expect_error("queue.put_nowait", [&] { q.put_nowait(1); });
        expect_error("queue.shutdown", [&] { q.shutdown(); });
        expect_error("semaphore.release", [&] { s.release(); });
        expect_error("latch.count_down", [&] { l.count_down(); });
        expect_error("condition_variable.notify_one", [&] { c.notify_one(); });
        expect_error("condition_variable.notify_all", [&] { c.notify_all(); });
        expect_error("sender.try_send", [&] { ends.tx.try_send(1); });
        expect_error("broadcast.send", [&] { b.send(1); });
        co_return;
    };
    using tries_type = decltype(tries);
    const auto error = in_another_loop([](void* p) -> task<> { co_await (*static_cast<const tries_type*>(p))(); },
                                       const_cast<void*>(static_cast<const void*>(&tries)));
    REQUIRE(message_of(error) == "no error");
    REQUIRE(unnoticed == std::vector<std::string>{});
    co_await settle();
    for (auto& f : all) REQUIRE_FALSE(f.done());
    // All of them still work at home.
    e.set();
    q.put_nowait(1);
    s.release();
    l.count_down();
    c.notify_one();
    REQUIRE(ends.tx.try_send(1));
    b.send(1);
    for (auto& f : all) co_await f;
}

GYRE_TEST_VIRTUAL("an object may be used by a later loop when nobody has waited on it", "[sync][misuse]") {
    mutex m;
    const auto error = in_another_loop([](void* p) -> task<> { const auto lock = co_await static_cast<mutex*>(p)->lock(); }, &m);
    REQUIRE_FALSE(error);
    const auto lock = co_await m.lock();
    REQUIRE(lock);
}

TEST_CASE("tasks that wait on an object that is destroyed end by a cancel", "[sync][misuse]") {
    int cancelled = 0;
    test::run([&]() -> task<> {
        auto m = std::make_unique<mutex>();
        auto e = std::make_unique<event>();
        auto s = std::make_unique<semaphore>(0);
        auto q = std::make_unique<queue<int>>();
        auto b = std::make_unique<barrier>(2);
        const auto count = [&](auto& object, auto wait) -> task<> {
            try {
                co_await wait(object);
            } catch (const cancelled_error&) {
                ++cancelled;
                throw;
            }
        };
        const auto locks = [](mutex& x) -> task<> { const auto lock = co_await x.lock(); };
        const auto waits = [](event& x) -> task<> { co_await x.wait(); };
        const auto acquires = [](semaphore& x) -> task<> { const auto permit = co_await x.acquire(); };
        const auto gets = [](queue<int>& x) -> task<> { co_await x.get(); };
        const auto meets = [](barrier& x) -> task<> { co_await x.wait(); };
        auto lock = m->try_lock();
        std::vector<future<void>> all;
        all.push_back(spawn(count(*m, locks)));
        all.push_back(spawn(count(*e, waits)));
        all.push_back(spawn(count(*s, acquires)));
        all.push_back(spawn(count(*q, gets)));
        all.push_back(spawn(count(*b, meets)));
        co_await settle();
        e.reset();
        s.reset();
        q.reset();
        b.reset();
        co_await settle();
        for (auto& f : all) REQUIRE_FALSE(f.done());
        all[0].cancel();
        co_await settle();
        lock.reset();
        m.reset();
        for (auto& f : all) f.cancel();
        co_await settle();
        for (auto& f : all) REQUIRE(f.cancelled());
    });
    REQUIRE(cancelled == 5);
}

TEST_CASE("what main leaves waiting on its own objects is cancelled when the loop closes", "[sync][misuse]") {
    int ended = 0;
    test::run([&]() -> task<> {
        queue<int> q;
        mutex m;
        condition_variable c;
        const auto worker = [](queue<int>& from, int& count) -> task<> {
            struct at_end {
                int& n;
                explicit at_end(int& x) : n(x) {}
                ~at_end() { ++n; }
            } const guard(count);
            for (;;) co_await from.get();
        };
        const auto waiter = [](mutex& mine, condition_variable& changed, int& count) -> task<> {
            struct at_end {
                int& n;
                explicit at_end(int& x) : n(x) {}
                ~at_end() { ++n; }
            } const guard(count);
            auto lock = co_await mine.lock();
            co_await changed.wait(lock);
        };
        spawn(worker(q, ended));
        spawn(waiter(m, c, ended));
        co_await settle();
    });
    REQUIRE(ended == 2);
}

TEST_CASE("in debug mode an object that is destroyed under its waiters is reported", "[sync][misuse]") {
    std::vector<std::string> reports;
    {
        event_loop loop(debug_options());
        loop.set_exception_handler([&](const unhandled_error& e) { reports.push_back(e.message); });
        const auto body = []() -> task<> {
            auto e = std::make_unique<event>();
            const auto waits = [](event& x) -> task<> { co_await x.wait(); };
            auto f = spawn(waits(*e), "the waiter");
            co_await settle();
            e.reset();
            f.cancel();
            co_await settle();
        };
        loop.run_until_complete(body());
    }
    REQUIRE(reports.size() == 1);
    REQUIRE(reports[0].find("event.wait") != std::string::npos);
    REQUIRE(reports[0].find("the waiter") != std::string::npos);
}

TEST_CASE("in debug mode a mutex that is destroyed while it is locked is reported", "[sync][misuse]") {
    std::vector<std::string> reports;
    {
        event_loop loop(debug_options());
        loop.set_exception_handler([&](const unhandled_error& e) { reports.push_back(e.message); });
        const auto body = []() -> task<> {
            auto m = std::make_unique<mutex>();
            // Kept for ever, as a task that never ends would.
            alignas(mutex::guard) unsigned char place[sizeof(mutex::guard)];
            mutex::guard lock = co_await m->lock();
            new (place) mutex::guard(std::move(lock));
            m.reset();
        };
        loop.run_until_complete(body());
    }
    REQUIRE(reports.size() == 1);
    REQUIRE(reports[0].find("mutex") != std::string::npos);
}

GYRE_TEST_VIRTUAL("a condition's waiter whose mutex is destroyed gets an error instead of a lock", "[sync][misuse]") {
    auto m = std::make_unique<mutex>();
    condition_variable c;
    bool told = false;
    const auto waits = [&]() -> task<> {
        auto lock = co_await m->lock();
        try {
            co_await c.wait(lock);
        } catch (const invalid_state_error&) {
            told = true;
        }
        REQUIRE_FALSE(lock);
    };
    auto f = spawn(waits());
    co_await settle();
    auto lock = co_await m->lock();
    c.notify_one();
    // The guard lets go of its mutex's memory without unlocking it into the waiter's hands.
    new (&lock) mutex::guard();
    m.reset();
    co_await f;
    REQUIRE(told);
}

TEST_CASE("a task of another loop does not get in line for a mutex that is held without a wait", "[sync][misuse]") {
    mutex m;
    const auto take = [&] { return m.lock(); };
    held_in_one_of_two_loops loops(take);
    const auto wants = [&]() -> task<> { const auto lock = co_await m.lock(); };
    REQUIRE(m.locked());
    std::string message = "no error";
    try {
        loops.other.run_until_complete(wants());
    } catch (const invalid_state_error& e) {
        message = e.what();
    }
    CHECK(message.find("mutex.lock") != std::string::npos);
    loops.release();
    CHECK_FALSE(m.locked());
    // Free, it is anybody's.
    loops.other.run_until_complete(wants());
}

TEST_CASE("a guard that cannot give back what it holds, since another loop's tasks wait, says so and goes on", "[sync][misuse]") {
    semaphore s(1);
    const auto take = [&] { return s.acquire(); };
    held_in_one_of_two_loops loops(take);
    std::vector<std::string> reports;
    loops.one.set_exception_handler([&](const unhandled_error& e) { reports.push_back(e.message); });
    const auto wants = [&]() -> task<> { const auto permit = co_await s.acquire(); };
    auto waiting = loops.other.spawn(wants());
    loops.other.run_until_complete(settle());
    loops.release();
    REQUIRE(reports.size() == 1);
    CHECK(reports[0].find("could not give back") != std::string::npos);
    CHECK_FALSE(waiting.done());
}
