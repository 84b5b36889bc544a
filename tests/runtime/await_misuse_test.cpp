// What may not be awaited, in whatever way: a future of another loop, and the task that awaits.
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "support/error_of.hpp"
#include "support/test.hpp"

using namespace gyre;
using namespace std::chrono_literals;
using gyre::test::error_of;

namespace {

task<int> seven() {
    co_await gyre::yield();
    co_return 7;
}
template <class T>
std::vector<future<T>> only(const future<T>& f) {
    return std::vector<future<T>>(1, f);
}

// Every way to wait for one future.
template <class T>
struct way {
    const char* name;
    std::function<task<>(future<T>)> wait;
};
template <class T>
std::vector<way<T>> ways() {
    std::vector<way<T>> all;
    all.push_back({"co_await", [](future<T> f) -> task<> { co_await f; }});
    all.push_back({"gather", [](future<T> f) -> task<> { co_await gather(only(f)); }});
    all.push_back({"gather_outcomes", [](future<T> f) -> task<> { co_await gather_outcomes(only(f)); }});
    all.push_back({"wait", [](future<T> f) -> task<> { co_await gyre::wait(only(f)); }});
    all.push_back({"as_completed", [](future<T> f) -> task<> {
                       auto ended = as_completed(only(f));
                       co_await ended.next();
                   }});
    all.push_back({"shield", [](future<T> f) -> task<> { co_await shield(f); }});
    all.push_back({"wait_for", [](future<T> f) -> task<> { co_await wait_for(f, 1h); }});
    all.push_back({"timeout", [](future<T> f) -> task<> { co_await with(timeout(1h), [&](timeout_scope&) -> task<> { co_await f; }); }});
    all.push_back({"cancel_scope",
                   [](future<T> f) -> task<> { co_await with(cancel_scope(), [&](cancel_scope&) -> task<> { co_await shield(f); }); }});
    return all;
}

}  // namespace

GYRE_TEST_VIRTUAL("a task that awaits itself gets an error, in whatever way it does") {
    for (const way<void>& w : ways<void>()) {
        auto me = std::make_shared<future<>>();
        auto work = [&]() -> task<> {
            co_await gyre::yield();
            co_await w.wait(*me);
        };
        *me = spawn(work());
        INFO(w.name);
        const auto error = co_await error_of<invalid_state_error>(shield(*me));
        CHECK_THAT(error.what(), Catch::Contains("awaits itself"));
        *me = future<>();
    }
}

GYRE_TEST_VIRTUAL("a group's body that awaits the task around the group gets an error") {
    auto me = std::make_shared<future<>>();
    auto work = [&]() -> task<> {
        co_await gyre::yield();
        co_await with(task_group(), [&](task_group&) -> task<> { co_await *me; });
    };
    *me = spawn(work());
    const auto group = co_await error_of<exception_group>(shield(*me));
    CHECK_THAT(group.what(), Catch::Contains("awaits itself"));
    *me = future<>();
}

TEST_CASE("a future of another loop is refused by whatever awaits it, done or not") {
    event_loop other(gyre::test::options());
    const future<int> pending = other.spawn(seven());
    const future<int> done = other.spawn(seven());
    other.run_until_complete(done);
    event_loop loop(gyre::test::options());
    for (const future<int>& f : {pending, done})
        for (const way<int>& w : ways<int>()) {
            INFO(w.name << (f.done() ? ", done" : ", pending"));
            auto error = [&]() -> task<std::string> {
                const auto caught = co_await error_of<invalid_state_error>(w.wait(f));
                co_return caught.what();
            };
            CHECK_THAT(loop.run_until_complete(error()), Catch::Contains("another event loop"));
        }
}

TEST_CASE("a loop does not run until another one's future is done") {
    event_loop other(gyre::test::options());
    const future<int> pending = other.spawn(seven());
    event_loop loop(gyre::test::options());
    CHECK_THROWS_WITH(loop.run_until_complete(pending), Catch::Contains("another event loop"));
    CHECK(other.run_until_complete(pending) == 7);
    CHECK_THROWS_WITH(loop.run_until_complete(pending), Catch::Contains("another event loop"));
}
