// Bad use of tasks, futures and loops gets an error that says what is wrong and what to do instead. Of primitives used from two loops see
// sync_misuse_test.cpp.
#include <stdexcept>
#include <string>
#include <vector>

#include "support/test.hpp"

using namespace gyre;
using namespace std::chrono_literals;
using Catch::Contains;

namespace {

task<int> number(int n) { co_return n; }

template <class Error, class Fn>
std::string message(Fn fn) {
    try {
        fn();
    } catch (const Error& e) {
        return e.what();
    }
    return "no error";
}
template <class Error, class T>
task<std::string> message_of(task<T> t) {
    try {
        co_await std::move(t);
    } catch (const Error& e) {
        co_return e.what();
    }
    co_return "no error";
}

}  // namespace

GYRE_TEST("result() too early names the task and the way to wait") {
    auto f = spawn(number(1), "slow task");
    CHECK_THAT(message<invalid_state_error>([&] { f.result(); }),
               Contains("slow task") && Contains("not there yet") && Contains("co_await"));
    CHECK_THAT(message<invalid_state_error>([&] { f.exception(); }), Contains("slow task"));
    co_await f;
}

GYRE_TEST("setting a promise twice, or one whose waiter gave up, says which") {
    promise<int> twice;
    twice.set_value(1);
    CHECK_THAT(message<invalid_state_error>([&] { twice.set_value(2); }),
               Contains("set_value") && Contains("set already") && Contains("done()"));
    promise<int> unwanted;
    unwanted.get_future().cancel();
    CHECK_THAT(message<invalid_state_error>([&] { unwanted.set_exception(std::make_exception_ptr(1)); }),
               Contains("set_exception") && Contains("cancelled by who waited"));
    promise<int> moved = std::move(twice);
    CHECK_THAT(message<invalid_state_error>([&] { twice.get_future(); }), Contains("moved from"));
    co_return;
}

GYRE_TEST("a promise cannot fail with no error at all") {
    promise<int> p;
    CHECK_THAT(message<std::invalid_argument>([&] { p.set_exception(nullptr); }), Contains("set_exception") && Contains("null"));
    CHECK_FALSE(p.done());
    co_return;
}

GYRE_TEST("run() inside a running loop says what to do instead") {
    CHECK_THAT(message<invalid_state_error>([] { run(number(1)); }),
               Contains("running in this thread already") && Contains("co_await") && Contains("spawn()"));
    auto& loop = event_loop::current();
    CHECK_THAT(message<invalid_state_error>([&] { loop.run_forever(); }), Contains("running in this thread already"));
    CHECK_THAT(message<invalid_state_error>([&] { loop.close(); }), Contains("stop()"));
    co_return;
}

TEST_CASE("a loop that is used after its close says so") {
    event_loop loop(gyre::test::options());
    loop.close();
    const auto closed = Contains("closed");
    CHECK_THAT(message<invalid_state_error>([&] { loop.run_until_complete(number(1)); }), closed && Contains("make a new one"));
    CHECK_THAT(message<invalid_state_error>([&] { loop.run_forever(); }), closed);
    CHECK_THAT(message<invalid_state_error>([&] { loop.spawn(number(1)); }), closed);
    CHECK_THAT(message<invalid_state_error>([&] { loop.call_soon([] {}); }), closed);
    CHECK_THAT(message<invalid_state_error>([&] { loop.call_later(1s, [] {}); }), closed);
    CHECK_THAT(message<invalid_state_error>([&] { loop.call_soon_threadsafe([] {}); }), closed);
    CHECK_THAT(message<invalid_state_error>([&] { loop.poll(); }), closed);
    CHECK_THAT(message<invalid_state_error>([&] { loop.poll_fd(); }), closed);
    CHECK_THAT(message<invalid_state_error>([&] { loop.next_timeout(); }), closed);
}

TEST_CASE("what needs a running loop, or a running task, names itself and says so") {
    CHECK_THAT(message<invalid_state_error>([] { spawn(number(1)); }), Contains("loop"));
    CHECK_THAT(message<invalid_state_error>([] { event_loop::current(); }), Contains("event_loop::current()"));
    CHECK_THAT(message<invalid_state_error>([] { promise<int> p; }), Contains("a promise"));
    CHECK_THAT(message<invalid_state_error>([] { static_cast<void>(timeout(1s)); }), Contains("timeout()"));
    event_loop loop(gyre::test::options());
    std::string in_callback;
    loop.call_soon([&] { in_callback = message<invalid_state_error>([] { current_task(); }); });
    loop.run_until_complete(number(1));
    CHECK_THAT(in_callback, Contains("current_task()") && Contains("not from a callback"));
}

GYRE_TEST("a task that is empty, or was used before, cannot be awaited, spawned or gathered") {
    task<int> used = number(1);
    co_await std::move(used);
    // A matcher made with && refers to its parts, which are gone behind its expression.
    const auto has_cure = [](const std::string& said) { CHECK_THAT(said, Contains("is empty") && Contains("call the function again")); };
    const std::string awaited = co_await message_of<invalid_state_error>(std::move(used));
    has_cure(awaited);
    has_cure(message<invalid_state_error>([] { spawn(task<int>()); }));
    auto gathers = []() -> task<> { co_await gather(number(1), task<int>()); };
    const std::string gathered = co_await message_of<invalid_state_error>(gathers());
    has_cure(gathered);
    auto gathers_many = []() -> task<> {
        std::vector<task<int>> tasks;
        tasks.push_back(number(1));
        tasks.emplace_back();
        co_await gather(std::move(tasks));
    };
    const std::string gathered_many = co_await message_of<invalid_state_error>(gathers_many());
    has_cure(gathered_many);
    auto races = []() -> task<> { co_await race(number(1), task<int>()); };
    const std::string raced = co_await message_of<invalid_state_error>(races());
    has_cure(raced);
    auto limited = []() -> task<> { co_await wait_for(task<int>(), 1s); };
    const std::string waited = co_await message_of<invalid_state_error>(limited());
    has_cure(waited);
}

GYRE_TEST("an empty future cannot be awaited, watched or asked for its result") {
    const future<int> none;
    CHECK_FALSE(none.done());
    const auto has_cure = [](const std::string& said) { CHECK_THAT(said, Contains("future is empty") && Contains("spawn()")); };
    has_cure(message<invalid_state_error>([&] { none.result(); }));
    has_cure(message<invalid_state_error>([&] { static_cast<void>(shield(none)); }));
    auto awaits = [&]() -> task<> { co_await none; };
    const std::string awaited = co_await message_of<invalid_state_error>(awaits());
    has_cure(awaited);
    auto waits = [&]() -> task<> {
        std::vector<future<int>> one(1, none);
        co_await wait(one);
    };
    const std::string waited = co_await message_of<invalid_state_error>(waits());
    CHECK_THAT(waited, Contains("wait()") && Contains("empty"));
    auto gathers = [&]() -> task<> { co_await gather(none, none); };
    const std::string gathered = co_await message_of<invalid_state_error>(gathers());
    CHECK_THAT(gathered, Contains("gather()") && Contains("empty"));
}

GYRE_TEST("a task that awaits itself is told that it could never end") {
    future<> self;
    auto awaits_itself = [&]() -> task<> { co_await self; };
    self = spawn(awaits_itself(), "narcissus");
    const auto end = co_await as_outcome(self);
    CHECK_THAT(message<invalid_state_error>([&] { end.value(); }), Contains("narcissus") && Contains("awaits itself"));
}

TEST_CASE("a future of another loop is refused, with its name and the way over") {
    event_loop other(gyre::test::options());
    future<int> foreign = other.spawn(number(1), "foreigner");
    event_loop loop(gyre::test::options());
    auto awaits = [&]() -> task<int> { co_return co_await foreign; };
    CHECK_THAT(message<invalid_state_error>([&] { loop.run_until_complete(awaits()); }),
               Contains("foreigner") && Contains("another event loop") && Contains("call_soon_threadsafe"));
    CHECK(other.run_until_complete(foreign) == 1);
}

GYRE_TEST("releasing what is not held is an error") {
    mutex m;
    auto lock = co_await m.lock();
    lock.unlock();
    CHECK_THAT(message<invalid_state_error>([&] { lock.unlock(); }), Contains("guard.unlock()") && Contains("nothing is held"));
    bounded_semaphore bounded(2);
    CHECK_THAT(message<invalid_state_error>([&] { bounded.release(); }), Contains("2") && Contains("permits"));
    queue<int> q;
    CHECK_THAT(message<invalid_state_error>([&] { q.task_done(); }), Contains("task_done"));
    latch l(1);
    l.count_down();
    CHECK_THAT(message<invalid_state_error>([&] { l.count_down(); }), Contains("latch"));
}

GYRE_TEST("negative sizes are errors that name the thing and the number") {
    const auto negative = static_cast<std::size_t>(-3);
    CHECK_THAT(message<invalid_state_error>([&] { const semaphore s(negative); }),
               Contains("semaphore") && Contains("negative") && Contains("-3"));
    CHECK_THAT(message<invalid_state_error>([&] { const bounded_semaphore s(negative); }), Contains("negative") && Contains("-3"));
    CHECK_THAT(message<invalid_state_error>([&] { const queue<int> q(negative); }),
               Contains("queue") && Contains("negative") && Contains("-3"));
    CHECK_THAT(message<invalid_state_error>([&] { channel<int>(negative); }),
               Contains("channel") && Contains("-3") && Contains("0 or more"));
    CHECK_THAT(message<invalid_state_error>([&] { const latch l(negative); }), Contains("latch") && Contains("-3"));
    CHECK_THAT(message<invalid_state_error>([&] { const barrier b(0); }), Contains("barrier"));
    co_return;
}

GYRE_TEST_VIRTUAL("a scope is used once, and a timeout is not moved when it is over") {
    timeout_scope scope(std::nullopt);
    co_await with(scope, [](timeout_scope&) -> task<> { co_return; });
    CHECK_THAT(message<invalid_state_error>([&] { scope.reschedule(std::nullopt); }), Contains("has ended") && Contains("make another"));
    auto again = [&]() -> task<> { co_await with(scope, [](timeout_scope&) -> task<> { co_return; }); };
    const std::string entered = co_await message_of<invalid_state_error>(again());
    CHECK_THAT(entered, Contains("timeout") && Contains("entered before"));
    timeout_scope expired(event_loop::current().time());
    auto sleeps = [&]() -> task<> { co_await with(expired, [](timeout_scope&) -> task<> { co_await gyre::sleep(1h); }); };
    const std::string limit = co_await message_of<timeout_error>(sleeps());
    CHECK_THAT(limit, Contains("time limit"));
    CHECK_THAT(message<invalid_state_error>([&] { expired.reschedule(std::nullopt); }), Contains("has expired"));
}

GYRE_TEST("a choice among nothing is an error, not a hang") {
    auto races = []() -> task<> { co_await race(std::vector<task<int>>()); };
    const std::string raced = co_await message_of<invalid_state_error>(races());
    CHECK_THAT(raced, Contains("race()") && Contains("at least one"));
    auto tries = []() -> task<> { co_await first_success(std::vector<task<int>>()); };
    const std::string tried = co_await message_of<invalid_state_error>(tries());
    CHECK_THAT(tried, Contains("first_success()"));
}

GYRE_TEST("a null error is no error: groups and outcomes refuse it, and a group of none") {
    CHECK_THAT(message<std::invalid_argument>([] { exception_group("two", {nullptr}); }),
               Contains("null exception_ptr") && Contains("two"));
    CHECK_THAT(message<std::invalid_argument>([] { exception_group("none", {}); }), Contains("no errors") && Contains("none"));
    CHECK_THAT(message<std::invalid_argument>([] { outcome<int>{std::exception_ptr()}; }), Contains("an outcome") && Contains("null"));
    CHECK_THAT(message<std::invalid_argument>([] { outcome<>{std::exception_ptr()}; }), Contains("an outcome") && Contains("null"));
    co_return;
}
