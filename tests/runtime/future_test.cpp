#include <memory>
#include <stdexcept>
#include <string>
#include <vector>

#include "support/later.hpp"
#include "support/test.hpp"

using namespace std::chrono_literals;
using gyre::test::later;

namespace {

gyre::task<int> number(int n) { co_return n; }
gyre::task<int> failing() {
    co_await gyre::yield();
    throw std::runtime_error("broken");
}
gyre::task<int> await_copy(gyre::future<int> f) { co_return co_await f; }
gyre::task<> await_self(std::shared_ptr<gyre::future<>> self) { co_await *self; }

}  // namespace

GYRE_TEST("a spawned task goes through pending, running and done") {
    auto f = gyre::spawn(later(5, 1ms));
    CHECK(f.state() == gyre::future_state::pending);
    CHECK_THROWS_AS(f.result(), gyre::invalid_state_error);
    co_await gyre::yield();
    CHECK(f.state() == gyre::future_state::running);
    CHECK_THROWS_AS(f.exception(), gyre::invalid_state_error);
    const int value = co_await f;
    CHECK(value == 5);
    CHECK(f.state() == gyre::future_state::done);
    CHECK(f.result() == 5);
    CHECK(f.exception() == nullptr);
}

GYRE_TEST("several tasks may await one future") {
    auto source = gyre::spawn(later(9, 1ms));
    auto a = gyre::spawn(await_copy(source));
    auto b = gyre::spawn(await_copy(source));
    const int first = co_await a;
    const int second = co_await b;
    CHECK(first + second == 18);
}

GYRE_TEST("an error is given to everyone who awaits, and stays in the future") {
    auto source = gyre::spawn(failing());
    for (int i = 0; i < 2; ++i) {
        bool thrown = false;
        try {
            co_await source;
        } catch (const std::runtime_error&) {
            thrown = true;
        }
        CHECK(thrown);
    }
    CHECK(source.state() == gyre::future_state::done);
    CHECK(source.exception() != nullptr);
    CHECK_THROWS_AS(source.result(), std::runtime_error);
}

GYRE_TEST("dropping the last handle does not end a running task") {
    bool ended = false;
    auto work = [](bool& flag) -> gyre::task<> {
        co_await gyre::sleep(1ms);
        flag = true;
    };
    gyre::spawn(work(ended));
    while (!ended) co_await gyre::yield();
    CHECK(ended);
}

GYRE_TEST("spawn keeps a callable and its arguments alive") {
    auto owned = std::make_shared<int>(4);
    std::weak_ptr<int> watch = owned;
    auto f = gyre::spawn(
        [owned = std::move(owned)](int plus) -> gyre::task<int> {
            co_await gyre::sleep(1ms);
            co_return *owned + plus;
        },
        3);
    const int value = co_await f;
    CHECK(value == 7);
    CHECK(watch.expired());
}

GYRE_TEST("done callbacks run on a later tick, in order, once, also when added after the end") {
    std::string order;
    auto f = gyre::spawn(number(1));
    f.add_done_callback([&](const gyre::future<int>& done) { order += "a" + std::to_string(done.result()); });
    auto dropped = f.add_done_callback([&](const gyre::future<int>&) { order += "x"; });
    dropped.cancel();
    f.add_done_callback([&](const gyre::future<int>&) { order += "b"; });
    co_await f;
    co_await gyre::yield();
    CHECK(order == "a1b");
    f.add_done_callback([&](const gyre::future<int>&) { order += "c"; });
    CHECK(order == "a1b");
    co_await gyre::yield();
    CHECK(order == "a1bc");
}

GYRE_TEST("the last handle's result is moved out, another's is copied") {
    auto make = []() -> gyre::task<std::shared_ptr<int>> { co_return std::make_shared<int>(1); };
    auto f = gyre::spawn(make());
    auto copy = f;
    const auto copied = co_await std::move(f);
    CHECK(copied.use_count() == 2);
    const auto moved = co_await std::move(copy);
    CHECK(copied.use_count() == 2);
    CHECK(moved == copied);
}

GYRE_TEST("a task that awaits itself gets an error") {
    auto self = std::make_shared<gyre::future<>>();
    *self = gyre::spawn(await_self(self));
    auto f = *self;
    bool refused = false;
    try {
        co_await f;
    } catch (const gyre::invalid_state_error& e) {
        refused = std::string(e.what()).find("awaits itself") != std::string::npos;
    }
    CHECK(refused);
    *self = gyre::future<>();
}

TEST_CASE("a future of another loop cannot be awaited") {
    gyre::event_loop other(gyre::test::options());
    gyre::future<int> foreign = other.spawn(number(1));
    gyre::event_loop loop(gyre::test::options());
    CHECK_THROWS_AS(loop.run_until_complete(await_copy(foreign)), gyre::invalid_state_error);
    CHECK(other.run_until_complete(foreign) == 1);
}

TEST_CASE("an error that nobody retrieves reaches the exception handler with the task's name") {
    gyre::event_loop loop(gyre::test::options());
    std::vector<std::string> messages;
    loop.set_exception_handler([&](const gyre::unhandled_error& e) { messages.push_back(e.message); });
    auto work = []() -> gyre::task<> {
        gyre::spawn(failing(), "careless");
        co_await gyre::sleep(1ms);
    };
    loop.run_until_complete(work());
    REQUIRE(messages.size() == 1);
    CHECK(messages[0].find("careless") != std::string::npos);
}

GYRE_TEST("a promise gives its value to who waits") {
    gyre::promise<int> p;
    auto f = gyre::spawn(await_copy(p.get_future()));
    co_await gyre::yield();
    CHECK(p.get_future().state() == gyre::future_state::pending);
    p.set_value(3);
    CHECK(p.done());
    const int value = co_await f;
    CHECK(value == 3);
    CHECK_THROWS_AS(p.set_value(4), gyre::invalid_state_error);
    CHECK_THROWS_AS(p.set_exception(nullptr), gyre::invalid_state_error);
}

GYRE_TEST("a promise that is destroyed unset breaks its future") {
    gyre::future<int> f;
    {
        const gyre::promise<int> p;
        f = p.get_future();
    }
    bool broken = false;
    try {
        co_await f;
    } catch (const gyre::broken_promise_error&) {
        broken = true;
    }
    CHECK(broken);
}

GYRE_TEST("cancelling who waits for a promise cancels it, and setting it then is an error") {
    gyre::promise<int> p;
    auto waiter = gyre::spawn(await_copy(p.get_future()));
    co_await gyre::yield();
    waiter.cancel();
    CHECK(p.done());
    CHECK_THROWS_AS(p.set_value(1), gyre::invalid_state_error);
    std::vector<gyre::future<int>> waited(1, waiter);
    co_await gyre::wait(waited);
    CHECK(waiter.cancelled());
}

GYRE_TEST("a task's name is the one given, else its function's") {
    auto named = gyre::spawn(number(1), "my task");
    CHECK(named.name() == "my task");
    auto unnamed = gyre::spawn(number(1));
    CHECK(unnamed.name().find("number(int)") != std::string::npos);
    unnamed.set_name("later");
    CHECK(unnamed.name() == "later");
    co_await named;
    co_await unnamed;
}
