// ctest: threads
// Context variables: who inherits whose values, and who sees whose changes.
#include <string>
#include <thread>
#include <vector>

#include "support/test.hpp"

using gyre::context_variable;
using gyre::task;
using namespace std::chrono_literals;

namespace {

// Never set outside a test's own task.
context_variable<std::string> name("nobody");

task<> set_name(std::string value) {
    name.set(std::move(value));
    co_return;
}
// What it saw at its beginning; then it sets its own.
task<std::string> swap_name(std::string value) {
    const std::string before = name.get();
    name.set(std::move(value));
    co_await gyre::yield();
    co_return before;
}

}  // namespace

GYRE_TEST("a context variable has its initial value until it is set, and what was set then") {
    CHECK(name.get() == "nobody");
    name.set("one");
    CHECK(name.get() == "one");
    co_await gyre::yield();
    CHECK(name.get() == "one");
    const context_variable<int> number;
    CHECK(number.get() == 0);
}

GYRE_TEST("a spawned task starts with its parent's values; neither sees what the other sets later") {
    name.set("parent");
    auto child = gyre::spawn(swap_name("child"));
    name.set("parent, later");
    const std::string seen = co_await child;
    CHECK(seen == "parent");
    CHECK(name.get() == "parent, later");
}

GYRE_TEST("a grandchild inherits from its own parent") {
    name.set("top");
    auto middle = []() -> task<std::string> {
        name.set("middle");
        auto bottom = gyre::spawn(swap_name("bottom"));
        co_return co_await bottom;
    };
    const std::string seen = co_await gyre::spawn(middle());
    CHECK(seen == "middle");
    CHECK(name.get() == "top");
}

GYRE_TEST("each child of gather, race and a task_group has a copy of its own") {
    name.set("parent");
    const auto seen = co_await gyre::gather(swap_name("a"), swap_name("b"));
    CHECK(std::get<0>(seen) == "parent");
    CHECK(std::get<1>(seen) == "parent");
    co_await gyre::race(set_name("racer"));
    co_await gyre::with(gyre::task_group(), [&](gyre::task_group& group) -> task<> {
        group.spawn(set_name("member"));
        co_return;
    });
    std::vector<int> items{1, 2, 3};
    co_await gyre::for_each_concurrent(items, 2, [](int) { return set_name("worker"); });
    CHECK(name.get() == "parent");
}

GYRE_TEST("an awaited coroutine and the body of a scope share the values of the task around them") {
    co_await set_name("awaited");
    CHECK(name.get() == "awaited");
    co_await gyre::wait_for(set_name("wait_for"), 1h);
    CHECK(name.get() == "wait_for");
    co_await gyre::with(gyre::timeout(1h), [](gyre::timeout_scope&) -> task<> {
        CHECK(name.get() == "wait_for");
        co_await set_name("with");
    });
    CHECK(name.get() == "with");
}

GYRE_TEST_VIRTUAL("a callback runs with a copy of the values at its registration") {
    auto& loop = gyre::event_loop::current();
    std::vector<std::string> seen;
    auto look = [&] {
        seen.push_back(name.get());
        name.set("set by a callback");
    };
    name.set("soon");
    loop.call_soon(look);
    name.set("later");
    loop.call_later(1ms, look);
    name.set("done");
    gyre::spawn(set_name("x")).add_done_callback([&](const gyre::future<>&) { look(); });
    name.set("now");
    co_await gyre::sleep(20ms);
    CHECK(seen == std::vector<std::string>{"soon", "done", "later"});
    CHECK(name.get() == "now");
}

GYRE_TEST("a task that a callback spawns inherits the callback's values") {
    std::string seen;
    name.set("caller");
    gyre::event_loop::current().call_soon([&] {
        gyre::spawn([](std::string& into) -> task<> {
            into = name.get();
            co_return;
        }(seen));
    });
    co_await gyre::yield();
    co_await gyre::yield();
    co_await gyre::yield();
    CHECK(seen == "caller");
}

GYRE_TEST("call_soon_threadsafe takes the calling thread's values along") {
    auto& loop = gyre::event_loop::current();
    name.set("loop");
    gyre::promise<std::string> told;
    auto seen = told.get_future();
    std::thread([&] {
        CHECK(name.get() == "nobody");
        name.set("thread");
        loop.call_soon_threadsafe([&] { told.set_value(name.get()); });
    }).join();
    const std::string value = co_await seen;
    CHECK(value == "thread");
    CHECK(name.get() == "loop");
}

GYRE_TEST("reset brings the value before the set back, set by set") {
    const auto first = name.set("one");
    const auto second = name.set("two");
    name.reset(second);
    CHECK(name.get() == "one");
    name.reset(first);
    CHECK(name.get() == "nobody");
    const auto third = name.set("three");
    name.reset(third);
    CHECK(name.get() == "nobody");
    co_return;
}

GYRE_TEST("a token is good across the bodies of scopes, which are the same task") {
    std::vector<context_variable<std::string>::token> tokens;
    tokens.push_back(name.set("outside"));
    co_await gyre::with(gyre::timeout(1h), [&](gyre::timeout_scope&) -> task<> {
        tokens.push_back(name.set("inside"));
        co_return;
    });
    name.reset(tokens[1]);
    CHECK(name.get() == "outside");
    co_await gyre::wait_for(
        [](const context_variable<std::string>::token& token) -> task<> {
            name.reset(token);
            co_return;
        }(tokens[0]),
        1h);
    CHECK(name.get() == "nobody");
}

GYRE_TEST("a token of another variable, of another task, or one used before is a clear error") {
    context_variable<std::string> other;
    const auto foreign = other.set("x");
    CHECK_THROWS_WITH(name.reset(foreign), Catch::Contains("token of another one"));
    const auto token = name.set("mine");
    auto child = [](const context_variable<std::string>::token& parents) -> task<> {
        CHECK_THROWS_WITH(name.reset(parents), Catch::Contains("another task"));
        name.set("its own");
        CHECK_THROWS_AS(name.reset(parents), gyre::invalid_state_error);
        co_return;
    };
    co_await gyre::spawn(child(token));
    const auto copy = token;
    name.reset(token);
    CHECK(name.get() == "nobody");
    CHECK_THROWS_WITH(name.reset(copy), Catch::Contains("used before"));
}

TEST_CASE("outside tasks each thread has values of its own, which the tasks it runs start with") {
    context_variable<int> level(0);
    std::thread([&] {
        level.set(7);
        gyre::event_loop loop(gyre::test::options());
        auto look = [&]() -> task<int> {
            const int seen = level.get();
            level.set(8);
            co_return seen;
        };
        CHECK(loop.run_until_complete(look()) == 7);
        CHECK(level.get() == 7);
        std::thread([&] { CHECK(level.get() == 0); }).join();
    }).join();
    CHECK(level.get() == 0);
}

TEST_CASE("a variable never sees what another one at its address had set") {
    gyre::event_loop loop(gyre::test::options());
    auto main = []() -> task<> {
        std::optional<context_variable<int>> place;
        place.emplace(1);
        place->set(2);
        place.reset();
        place.emplace(3);
        CHECK(place->get() == 3);
        co_return;
    };
    loop.run_until_complete(main());
}

TEST_CASE("values are released with the last task that has them") {
    struct here;
    using tracked = gyre::test::live_object<here>;
    tracked::reset();
    {
        context_variable<tracked> variable;
        gyre::event_loop loop(gyre::test::options());
        auto main = [&]() -> task<> {
            variable.set(tracked(1));
            auto child = gyre::spawn([](context_variable<tracked>& v) -> task<> {
                CHECK(v.get().value() == 1);
                v.set(tracked(2));
                co_return;
            }(variable));
            variable.set(tracked(3));
            co_await child;
            CHECK(variable.get().value() == 3);
        };
        loop.run_until_complete(main());
    }
    CHECK(tracked::alive() == 0);
}

GYRE_TEST("calls in other threads and on other loops see the caller's values, and keep what they set to themselves") {
    name.set("caller");
    const std::string in_thread = co_await gyre::to_thread([] {
        const std::string seen = name.get();
        name.set("thread");
        return seen;
    });
    CHECK(in_thread == "caller");
    const std::string again = co_await gyre::to_thread([] { return name.get(); });
    CHECK(again == "caller");
    const auto look = []() -> gyre::task<std::string> {
        const std::string seen = name.get();
        name.set("there");
        co_return seen;
    };
    gyre::shards there(1, gyre::test::options());
    const std::string on_shard = co_await there.submit_to(0, look);
    CHECK(on_shard == "caller");
    auto& loop = gyre::event_loop::current();
    const std::string arrived = co_await gyre::to_thread([&] {
        name.set("thread");
        return loop.spawn_threadsafe(look()).get();
    });
    CHECK(arrived == "thread");
    CHECK(name.get() == "caller");
}
