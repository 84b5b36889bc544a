// current_task() inside scopes is the task around them, and its requests are those of the task; what tasks of callables are called.
#include <functional>
#include <stdexcept>
#include <string>
#include <vector>

#include "debug_support.hpp"
#include "support/error_of.hpp"
#include "support/test.hpp"

using namespace gyre;
using namespace std::chrono_literals;
using Catch::Contains;

namespace {

task<> fetch(int) { co_await gyre::sleep(1h); }

}  // namespace

GYRE_TEST_VIRTUAL("inside scopes the current task is the task around them") {
    const any_future me = current_task();
    any_future in_scope;
    any_future in_wait_for;
    bool listed = false;
    const auto look = [&]() -> task<> {
        in_wait_for = current_task();
        co_return;
    };
    co_await with(timeout(1h), [&](timeout_scope&) -> task<> {
        in_scope = current_task();
        for (const any_future& t : event_loop::current().all_tasks()) listed = listed || t == in_scope;
        co_await wait_for(look(), 1h);
    });
    CHECK(in_scope == me);
    CHECK(in_wait_for == me);
    CHECK(listed);
}

GYRE_TEST_VIRTUAL("a child of gather is a task of its own") {
    const any_future me = current_task();
    any_future child;
    const auto look = [&]() -> task<> {
        child = current_task();
        co_return;
    };
    co_await gather(look());
    CHECK_FALSE(child == me);
}

GYRE_TEST_VIRTUAL("a request that a scope's body catches can be taken back there") {
    int left = -1;
    bool went_on = false;
    const auto work = [&]() -> task<> {
        co_await with(timeout(1h), [&](timeout_scope&) -> task<> {
            co_await with(cancel_scope(), [&](cancel_scope&) -> task<> {
                try {
                    co_await gyre::sleep(1h);
                } catch (const cancelled_error&) {
                    CHECK(current_task().cancelling() == 1);
                    left = current_task().uncancel();
                }
            });
        });
        CHECK(current_task().cancelling() == 0);
        co_await gyre::sleep(1ms);
        went_on = true;
    };
    auto f = spawn(work());
    co_await yield();
    co_await yield();
    co_await yield();
    f.cancel();
    co_await f;
    CHECK(left == 0);
    CHECK(went_on);
    CHECK(f.cancelling() == 0);
    CHECK(f.state() == future_state::done);
}

GYRE_TEST_VIRTUAL("taking back a request from outside leaves a scope's own cancel in force") {
    const auto work = []() -> task<bool> {
        try {
            co_await gyre::sleep(1h);
        } catch (const cancelled_error&) {  // stays, as one of the task's
        }
        try {
            co_await with(timeout(5ms), [](timeout_scope&) -> task<> {
                try {
                    co_await gyre::sleep(1h);
                } catch (const cancelled_error&) {
                    CHECK(current_task().cancelling() == 2);
                    CHECK(current_task().uncancel() == 1);
                    throw;
                }
            });
        } catch (const timeout_error&) {
            co_return true;
        }
        co_return false;
    };
    auto f = spawn(work());
    co_await yield();
    f.cancel();
    const bool timed_out = co_await f;
    CHECK(timed_out);
}

GYRE_TEST_VIRTUAL("a task that was spawned as a callable is called by its function, before its first step too") {
    auto plain = spawn(fetch(1));
    auto called = spawn(&fetch, 2);
    for (const bool started : {false, true}) {
        INFO((started ? "started" : "not started"));
        CHECK_THAT(plain.name(), Contains("fetch(int)"));
        CHECK(called.name() == plain.name());
        const std::string dump = debug::dump_tasks();
        CHECK_THAT(dump, Contains("task '" + called.name() + (started ? "' waits" : "' not started")));
        CHECK_THAT(dump, !Contains("gyre::detail"));
        // Nothing of the library stands in its stack of awaits.
        const auto stack = debug::await_stack(called);
        const auto expected = debug::await_stack(plain);
        REQUIRE(stack.size() == expected.size());
        for (std::size_t i = 0; i < stack.size(); ++i) {
            CHECK(stack[i].function == expected[i].function);
            CHECK(stack[i].where.line() == expected[i].where.line());
        }
        co_await yield();
        co_await yield();
    }
    plain.cancel();
    called.cancel();
    co_await gather_outcomes(plain, called);
}

GYRE_TEST_VIRTUAL("a closure's task, and a group's child of a callable, have their coroutine's name from the start") {
    const auto closure = [hours = 3]() -> task<> { co_await gyre::sleep(hours * 1h); };
    auto plain = spawn(closure());
    auto called = spawn(closure);
    CHECK(called.name() == plain.name());
    co_await with(task_group(), [](task_group& g) -> task<> {
        auto child = g.spawn(&fetch, 1);
        CHECK_THAT(child.name(), Contains("fetch(int)"));
        g.cancel();
        co_return;
    });
    plain.cancel();
    called.cancel();
    co_await gather_outcomes(plain, called);
}

GYRE_TEST_VIRTUAL("what a callable throws before it gives a task is the task's error") {
    const auto refuses = [](int id) -> task<> {
        if (id < 0) throw std::invalid_argument("an id is positive");
        return fetch(id);
    };
    auto f = spawn(refuses, -1);
    const auto error = co_await gyre::test::error_of<std::invalid_argument>(f);
    CHECK(error.what() == std::string("an id is positive"));
    auto gives_nothing = spawn([]() { return task<>(); });
    const auto misuse = co_await gyre::test::error_of<invalid_state_error>(gives_nothing);
    CHECK_THAT(misuse.what(), Contains("empty"));
}

TEST_CASE("a task that was spawned as a callable and cancelled before its first step never runs, which is no mistake") {
    const gyre::test::captured_reports reports;
    bool ran = false;
    event_loop loop(gyre::test::debug_options());
    loop.run_until_complete([](bool& has_run) -> task<> {
        auto body = [&]() -> task<> {
            has_run = true;
            co_return;
        };
        auto f = spawn(body);
        f.cancel();
        const auto end = co_await as_outcome(f);
        CHECK(end.cancelled());
    }(ran));
    CHECK_FALSE(ran);
    CHECK(reports.all().empty());
}
