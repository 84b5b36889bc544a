// Time limits, scopes and shields beyond the plain case.
#include <chrono>
#include <stdexcept>
#include <string>

#include "support/cancel_ends.hpp"
#include "support/later.hpp"
#include "support/test.hpp"

using namespace gyre;
using namespace std::chrono_literals;
using gyre::test::later;

namespace {

time_point now() { return event_loop::current().time(); }

}  // namespace

GYRE_TEST_VIRTUAL("what takes exactly as long as the limit is too late, what takes a moment less is not") {
    bool timed_out = false;
    try {
        co_await wait_for(gyre::sleep(10ms), 10ms);
    } catch (const timeout_error&) {
        timed_out = true;
    }
    CHECK(timed_out);
    co_await wait_for(gyre::sleep(10ms - 1ns), 10ms);
}

GYRE_TEST_VIRTUAL("a limit may be as long as there is") {
    const int value = co_await wait_for(later(2, 1ms), std::chrono::hours::max());
    CHECK(value == 2);
    const int floating = co_await wait_for(later(3, 1ms), std::chrono::duration<double>(1e300));
    CHECK(floating == 3);
}

GYRE_TEST_VIRTUAL("cancelling who is in wait_for(future) cancels the future; with a shield it runs on") {
    auto bare = spawn(later(1, 50ms));
    auto shielded = spawn(later(2, 50ms));
    auto waits = [&]() -> task<> { co_await wait_for(bare, 1h); };
    auto waits_shielded = [&]() -> task<> { co_await wait_for(shield(shielded), 1h); };
    auto a = spawn(waits());
    auto b = spawn(waits_shielded());
    co_await gyre::sleep(1ms);
    a.cancel();
    b.cancel();
    co_await gyre::sleep(1ms);
    CHECK(a.cancelled());
    CHECK(b.cancelled());
    CHECK(bare.cancelled());
    CHECK_FALSE(shielded.done());
    bool timed_out = false;
    try {
        co_await wait_for(shield(shielded), 1ms);
    } catch (const timeout_error&) {
        timed_out = true;
    }
    CHECK(timed_out);
    const int value = co_await shielded;
    CHECK(value == 2);
}

GYRE_TEST_VIRTUAL("a timeout_error from inside is not taken for the limit of the wait_for around it") {
    auto inner = []() -> task<int> {
        co_await gyre::sleep(1ms);
        throw timeout_error("the inner one");
    };
    std::string what;
    try {
        co_await wait_for(inner(), 1h);
    } catch (const timeout_error& e) {
        what = e.what();
    }
    CHECK(what == "the inner one");
}

GYRE_TEST_VIRTUAL("of nested limits the one that passes first is the one that throws") {
    bool inner_first = false;
    co_await with(timeout(1h), [&](timeout_scope& outer) -> task<> {
        try {
            co_await with(timeout(5ms), [](timeout_scope&) -> task<> { co_await gyre::sleep(2h); });
        } catch (const timeout_error&) {
            inner_first = !outer.expired();
        }
        co_await gyre::sleep(1ms);
    });
    CHECK(inner_first);
}

GYRE_TEST_VIRTUAL("a timeout whose time was past before it was entered cancels its body at the first wait") {
    bool began = false;
    bool timed_out = false;
    try {
        co_await with(timeout_at(now() - 1s), [&](timeout_scope&) -> task<> {
            began = true;
            co_await gyre::sleep(1h);
        });
    } catch (const timeout_error&) {
        timed_out = true;
    }
    CHECK(began);
    CHECK(timed_out);
}

GYRE_TEST_VIRTUAL("a timeout that is moved into the past cancels at the next wait, and one that is taken away never") {
    bool timed_out = false;
    const gyre::test::loop_stopwatch watch;
    try {
        co_await with(timeout(1h), [&](timeout_scope& t) -> task<> {
            t.reschedule(now() - 1s);
            co_await gyre::sleep(2h);
        });
    } catch (const timeout_error&) {
        timed_out = true;
    }
    CHECK(timed_out);
    CHECK(watch.elapsed() == 0ms);
    co_await with(timeout(5ms), [&](timeout_scope& t) -> task<> {
        t.reschedule(std::nullopt);
        CHECK_FALSE(t.when().has_value());
        co_await gyre::sleep(1h);
    });
}

GYRE_TEST_VIRTUAL("a body that catches its timeout's cancel and ends otherwise has its way") {
    timeout_scope scope(now() + 5ms);
    const int value = co_await with(scope, [](timeout_scope&) -> task<int> {
        try {
            co_await gyre::sleep(1h);
        } catch (const cancelled_error&) {
        }
        co_return 4;
    });
    CHECK(value == 4);
    CHECK(scope.expired());
    std::string what;
    try {
        co_await with(timeout(5ms), [](timeout_scope&) -> task<> {
            try {
                co_await gyre::sleep(1h);
            } catch (const cancelled_error&) {
                throw std::runtime_error("of the clean-up");
            }
        });
    } catch (const std::runtime_error& e) {
        what = e.what();
    }
    CHECK(what == "of the clean-up");
}

GYRE_TEST_VIRTUAL("a timeout around a group cancels every child, awaits them, and is a timeout_error") {
    future<int> child;
    bool timed_out = false;
    try {
        co_await with(timeout(5ms), [&](timeout_scope&) -> task<> {
            co_await with(task_group(), [&](task_group& g) -> task<> {
                child = g.spawn(later(1, std::chrono::milliseconds(1h)));
                co_return;
            });
        });
    } catch (const timeout_error&) {
        timed_out = child.cancelled();
    }
    CHECK(timed_out);
}

GYRE_TEST_VIRTUAL("a timeout inside a group's child is that child's error, and stays in the group") {
    std::size_t timeouts = 0;
    try {
        co_await with(task_group(), [](task_group& g) -> task<> {
            auto slow = []() -> task<> { co_await wait_for(gyre::sleep(1h), 1ms); };
            g.spawn(slow());
            co_return;
        });
    } catch (const exception_group& e) {
        timeouts = e.for_each<timeout_error>([](const timeout_error&) {});
    }
    CHECK(timeouts == 1);
}

GYRE_TEST_VIRTUAL("a cancel scope's deadline can be set, moved and taken away while its body runs") {
    cancel_scope scope;
    const gyre::test::loop_stopwatch watch;
    co_await with(scope, [&](cancel_scope& s) -> task<> {
        s.set_deadline(now() + 5ms);
        s.set_deadline(std::nullopt);
        co_await gyre::sleep(10ms);
        s.set_deadline(now() + 5ms);
        co_await gyre::sleep(1h);
    });
    CHECK(scope.cancelled_caught());
    CHECK(watch.elapsed() == 15ms);
}

GYRE_TEST_VIRTUAL("an inner cancel scope ends inside, an outer one ends both") {
    cancel_scope outer;
    cancel_scope inner;
    bool behind_inner = false;
    co_await with(outer, [&](cancel_scope& o) -> task<> {
        co_await with(inner, [](cancel_scope& i) -> task<> {
            i.cancel();
            co_await gyre::sleep(1h);
        });
        behind_inner = true;
        cancel_scope second;
        o.cancel();
        co_await with(second, [](cancel_scope&) -> task<> { co_await gyre::sleep(1h); });
        FAIL_CHECK("the outer scope's cancel stopped at the inner one");
    });
    CHECK(inner.cancelled_caught());
    CHECK(behind_inner);
    CHECK(outer.cancelled_caught());
}

GYRE_TEST_VIRTUAL("a shield that is taken away while a cancel waits outside lets it in") {
    bool finished = false;
    auto work = [&]() -> task<> {
        cancel_scope scope;
        scope.set_shield(true);
        co_await with(scope, [&](cancel_scope& s) -> task<> {
            co_await gyre::sleep(10ms);
            s.set_shield(false);
            co_await gyre::sleep(1h);
            finished = true;
        });
    };
    const bool cancelled = co_await gyre::test::cancel_ends(work(), 1ms, 20ms);
    CHECK(cancelled);
    CHECK_FALSE(finished);
}

GYRE_TEST_VIRTUAL("shield gives what is done already, and a task that is shielded runs on without its awaiter") {
    auto done = spawn(later(3, 0ms));
    co_await done;
    const int value = co_await shield(done);
    CHECK(value == 3);
    bool ended = false;
    auto inner = [&]() -> task<> {
        co_await gyre::sleep(10ms);
        ended = true;
    };
    auto work = [&]() -> task<> { co_await shield(inner()); };
    const bool cancelled = co_await gyre::test::cancel_ends(work());
    CHECK(cancelled);
    CHECK_FALSE(ended);
    co_await gyre::sleep(20ms);
    CHECK(ended);
}

GYRE_TEST_VIRTUAL("sleeps of no or negative length let others run once; sleep_until a time that is past too") {
    int turns = 0;
    bool stop = false;
    auto other = [&]() -> task<> {
        while (!stop) {
            ++turns;
            co_await gyre::yield();
        }
    };
    auto f = spawn(other());
    const gyre::test::loop_stopwatch watch;
    co_await gyre::sleep(0s);
    co_await gyre::sleep(-5s);
    co_await sleep_until(now() - 1h);
    CHECK(turns == 3);
    CHECK(watch.elapsed() == 0ms);
    stop = true;
    co_await f;
}
