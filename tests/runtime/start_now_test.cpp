// spawn(..., start_now): the first step runs inside the call.
#include <stdexcept>
#include <string>

#include "support/test.hpp"

using namespace gyre;
using namespace std::chrono_literals;

namespace {

task<int> ready() { co_return 7; }
task<int> fails() {
    throw std::runtime_error("at once");
    co_return 0;
}

}  // namespace

GYRE_TEST_VIRTUAL("a task that is started now runs to its first wait inside spawn(), and goes on from the loop") {
    std::string order;
    auto work = [&]() -> task<> {
        order += "b";
        co_await gyre::yield();
        order += "d";
    };
    order += "a";
    auto f = spawn(work(), "", start_now);
    order += "c";
    CHECK(f.state() == future_state::running);
    co_await f;
    CHECK(order == "abcd");
}

GYRE_TEST_VIRTUAL("a task that is started now and need not wait is done when spawn() returns") {
    auto f = spawn(ready(), "seven", start_now);
    CHECK(f.done());
    CHECK(f.result() == 7);
    CHECK(f.name() == "seven");
    auto failed = spawn(fails(), "", start_now);
    CHECK(failed.done());
    CHECK_THROWS_AS(failed.result(), std::runtime_error);
    co_return;
}

GYRE_TEST_VIRTUAL("a task that is started now is itself while it runs, and its spawner is behind it") {
    const any_future outer = current_task();
    any_future seen;
    auto work = [&]() -> task<> {
        seen = current_task();
        co_return;
    };
    auto f = spawn(work(), "", start_now);
    CHECK(seen == f);
    CHECK(current_task() == outer);
    co_return;
}

GYRE_TEST_VIRTUAL("a task started now may cancel its spawner, which meets it at its next wait") {
    future<> spawner;
    bool returned = false;
    auto cancels = [&]() -> task<> {
        spawner.cancel();
        co_return;
    };
    auto work = [&]() -> task<> {
        auto f = spawn(cancels(), "", start_now);
        returned = f.done();
        co_await gyre::yield();
    };
    spawner = spawn(work());
    const auto end = co_await as_outcome(spawner);
    CHECK(end.cancelled());
    CHECK(returned);
}

GYRE_TEST_VIRTUAL("a group's child that is started now and fails before spawn() returns does not cancel the body too early") {
    bool spawned = false;
    bool cancelled_at_wait = false;
    std::size_t errors = 0;
    try {
        co_await with(task_group(), [&](task_group& g) -> task<> {
            auto f = g.spawn(fails(), "eager", start_now);
            spawned = f.done();
            try {
                co_await gyre::sleep(1h);
            } catch (const cancelled_error&) {
                cancelled_at_wait = true;
                throw;
            }
        });
    } catch (const exception_group& e) {
        errors = e.exceptions().size();
        CHECK_THAT(e.what(), Catch::Contains("eager") && Catch::Contains("at once"));
    }
    CHECK(spawned);
    CHECK(cancelled_at_wait);
    CHECK(errors == 1);
}

TEST_CASE("start_now on a loop that does not run yet waits for it to run") {
    event_loop loop(gyre::test::virtual_time_options());
    auto f = loop.spawn(ready(), "", start_now);
    CHECK(f.state() == future_state::pending);
    CHECK(loop.run_until_complete(f) == 7);
}

GYRE_TEST_VIRTUAL("a callback may start a task now") {
    std::string order;
    auto work = [&]() -> task<> {
        order += "b";
        co_await gyre::yield();
        order += "d";
    };
    event_loop::current().call_soon([&] {
        order += "a";
        spawn(work(), "", start_now);
        order += "c";
    });
    co_await gyre::sleep(1ms);
    CHECK(order == "abcd");
}

GYRE_TEST_VIRTUAL("a task started now that spends its spawner's turn leaves the others theirs") {
    int others = 0;
    bool stop = false;
    const auto ready = []() -> task<> { co_return; };
    const auto child = [&]() -> task<> {
        for (int i = 0; i < 200; ++i) co_await ready();
    };
    const auto other = [&]() -> task<> {
        while (!stop) {
            ++others;
            co_await gyre::yield();
        }
    };
    auto beside = spawn(other());
    auto now = spawn(child(), "child", start_now);
    CHECK_FALSE(now.done());
    for (int i = 0; i < 10'000; ++i) co_await ready();
    CHECK(others > 50);
    stop = true;
    co_await now;
    co_await beside;
}
