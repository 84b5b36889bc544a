// How a cancel from outside, and a group's own cancel(), end a task_group: what has met the request, and what it reaches.
#include <stdexcept>
#include <string>
#include <vector>

#include "support/cancel_ends.hpp"
#include "support/error_of.hpp"
#include "support/test.hpp"

using namespace gyre;
using namespace std::chrono_literals;

namespace {

task<> forever() { co_await gyre::sleep(1h); }

// The usual server: its body starts the work and returns.
task<> serve() {
    co_await with(task_group(), [](task_group& g) -> task<> {
        g.spawn(forever());
        co_return;
    });
}
task<> fails_at_once() {
    throw std::runtime_error("failed");
    co_return;
}
time_point now() { return event_loop::current().time(); }

}  // namespace

GYRE_TEST_VIRTUAL("a cancel that comes before a group's body has run reaches what the body spawns") {
    const auto start = now();
    auto f = spawn(serve());
    co_await gyre::yield();
    f.cancel();
    const auto end = co_await as_outcome(f);
    CHECK(end.cancelled());
    CHECK(now() == start);
}

GYRE_TEST_VIRTUAL("a cancel that was due before a group was entered reaches what its body spawns") {
    const auto start = now();
    auto cancels_itself = []() -> task<> {
        current_task().cancel();
        co_await serve();
    };
    auto f = spawn(cancels_itself());
    const auto end = co_await as_outcome(f);
    CHECK(end.cancelled());
    CHECK(now() == start);
}

GYRE_TEST_VIRTUAL("a cancelled scope, a limit that has passed and a failed sibling reach what a group's body spawns") {
    const auto start = now();
    cancel_scope scope;
    scope.cancel();
    co_await with(scope, [](cancel_scope&) -> task<> { co_await serve(); });
    CHECK(scope.cancelled_caught());
    co_await gyre::test::error_of<timeout_error>(with(timeout(0s), [](timeout_scope&) -> task<> { co_await serve(); }));
    co_await gyre::test::error_of<std::runtime_error>(gather(serve(), fails_at_once()));
    CHECK(now() == start);
}

GYRE_TEST_VIRTUAL("a body that catches the cancel and spawns again keeps what it spawns, and the group ends as ever") {
    bool ran = false;
    auto child = [&]() -> task<> {
        co_await gyre::sleep(1ms);
        ran = true;
    };
    auto work = [&]() -> task<int> {
        co_return co_await with(task_group(), [&](task_group& g) -> task<int> {
            try {
                co_await forever();
            } catch (const cancelled_error&) {
            }
            g.spawn(child());
            co_return 7;
        });
    };
    auto f = spawn(work());
    co_await gyre::sleep(1ms);
    f.cancel();
    const int value = co_await shield(f);
    CHECK(value == 7);
    CHECK(ran);
}

GYRE_TEST_VIRTUAL("a cancel that comes when the body has caught one and ended is thrown") {
    auto work = []() -> task<> {
        co_await with(task_group(), [](task_group& g) -> task<> {
            try {
                co_await forever();
            } catch (const cancelled_error&) {
            }
            g.spawn(forever());
        });
    };
    auto f = spawn(work());
    co_await gyre::sleep(1ms);
    f.cancel();
    co_await gyre::sleep(1ms);
    CHECK_FALSE(f.done());
    f.cancel();
    co_await gyre::sleep(1ms);
    CHECK(f.cancelled());
}

GYRE_TEST_VIRTUAL("a cancel that only the children have met, while the body cleaned up, is thrown") {
    bool went_on = false;
    auto work = [&]() -> task<> {
        co_await with(task_group(), [](task_group& g) -> task<> {
            g.spawn(forever());
            auto body = []() -> task<> { co_await gyre::yield(); };
            auto cleanup = []() -> task<> { co_await gyre::sleep(1ms); };
            co_await try_finally(body, cleanup);
        });
        went_on = true;
    };
    const bool cancelled = co_await gyre::test::cancel_ends(work(), 500us);
    CHECK(cancelled);
    CHECK_FALSE(went_on);
}

GYRE_TEST_VIRTUAL("a group that was cancelled while it waited takes no more children") {
    std::string refused;
    bool late_ran = false;
    auto late = [&]() -> task<> {
        late_ran = true;
        co_return;
    };
    auto supervisor = [&](task_group& g) -> task<> {
        try {
            co_await forever();
        } catch (const cancelled_error&) {
            try {
                g.spawn(late());
            } catch (const invalid_state_error& e) {
                refused = e.what();
            }
            throw;
        }
    };
    auto work = [&]() -> task<> {
        co_await with(task_group(), [&](task_group& g) -> task<> {
            g.spawn(supervisor(g));
            co_return;
        });
    };
    for (const bool level : {false, true}) {
        refused.clear();
        const auto start = now();
        cancel_scope scope;
        auto in_scope = [&]() -> task<> { co_await with(scope, [&](cancel_scope&) -> task<> { co_await work(); }); };
        auto f = spawn(in_scope());
        co_await gyre::sleep(1ms);
        if (level)
            scope.cancel();
        else
            f.cancel();
        co_await as_outcome(f);
        CHECK(now() == start + 1ms);
        CHECK_THAT(refused, Catch::Contains("shutting down"));
        CHECK_FALSE(late_ran);
    }
}

GYRE_TEST_VIRTUAL("what is spawned into a group under a level-triggered cancel is cancelled at its first await") {
    bool began = false;
    bool went_on = false;
    auto child = [&]() -> task<> {
        began = true;
        co_await gyre::sleep(1ms);
        went_on = true;
    };
    cancel_scope scope;
    co_await with(scope, [&](cancel_scope& s) -> task<> {
        s.cancel();
        co_await with(task_group(), [&](task_group& g) -> task<> {
            g.spawn(child());
            try {
                co_await gyre::yield();
            } catch (const cancelled_error&) {
            }
            g.spawn(child(), "", start_now);
        });
    });
    CHECK(began);
    CHECK_FALSE(went_on);
    CHECK(scope.cancelled_caught());
}

GYRE_TEST_VIRTUAL("a group's cancel() that leaves a body without its value is an error that says so, and cancels nobody else") {
    auto stopped = []() -> task<int> {
        co_return co_await with(task_group(), [](task_group& g) -> task<int> {
            g.cancel();
            co_await gyre::yield();
            co_return 1;
        });
    };
    const auto error = co_await gyre::test::error_of<invalid_state_error>(stopped());
    CHECK_THAT(error.what(), Catch::Contains("cancel()") && Catch::Contains("task_group") && Catch::Contains("result"));
    const int value = co_await with(task_group(), [](task_group& g) -> task<int> {
        g.spawn(forever());
        g.cancel();
        co_return 2;
    });
    CHECK(value == 2);
}
