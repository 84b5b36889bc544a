// current_task() inside scopes is the task around them, and its requests are those of the task; what tasks of callables are called.
#include <functional>
#include <string>
#include <vector>

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

GYRE_TEST_VIRTUAL("a task that was spawned as a callable is called by its function") {
    auto plain = spawn(fetch(1));
    auto called = spawn(&fetch, 2);
    co_await yield();
    co_await yield();
    CHECK_THAT(plain.name(), Contains("fetch(int)"));
    CHECK(called.name() == plain.name());
    CHECK_THAT(debug::dump_tasks(), Contains("'" + called.name() + "'"));
    CHECK_THAT(debug::dump_tasks(), !Contains("task '" + std::string("gyre::detail")));
    plain.cancel();
    called.cancel();
    co_await gather_outcomes(plain, called);
}
