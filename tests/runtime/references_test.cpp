// Tasks that give a reference: it comes through every call that runs them, to the same object, which is never copied.
#include <cstddef>
#include <functional>
#include <memory>
#include <optional>
#include <stdexcept>
#include <tuple>
#include <type_traits>
#include <utility>
#include <variant>
#include <vector>

#include "support/test.hpp"

using namespace gyre;
using namespace std::chrono_literals;

namespace {

struct settings {
    settings() = default;
    settings(const settings&) = delete;
    int workers = 4;
};

task<const settings&> read(const settings& s, time_span delay = 0s) {
    co_await gyre::sleep(delay);
    co_return s;
}
task<settings&> change(settings& s) {
    co_await yield();
    ++s.workers;
    co_return s;
}
task<settings&> fails() {
    co_await yield();
    throw std::runtime_error("no settings");
}

}  // namespace

GYRE_TEST_VIRTUAL("wait_for gives the reference that the task gives") {
    settings s;
    const settings& seen = co_await wait_for(read(s), 1s);
    CHECK(&seen == &s);
    settings& changed = co_await wait_for(change(s), 1s);
    CHECK(&changed == &s);
    CHECK(s.workers == 5);
    const auto make = []() -> task<std::unique_ptr<settings>> { co_return std::make_unique<settings>(); };
    once<std::unique_ptr<settings>> kept;
    const std::unique_ptr<settings>& first = co_await wait_for(kept.get(make), 1s);
    CHECK(&first == kept.peek());
    bool late = false;
    try {
        co_await wait_for(read(s, 2s), 1s);
    } catch (const timeout_error&) {
        late = true;
    }
    CHECK(late);
}

GYRE_TEST_VIRTUAL("wait_for gives a copy of what a future or another awaitable refers to") {
    auto f = spawn([]() -> task<int> { co_return 7; });
    static_assert(std::is_same_v<decltype(wait_for(f, 1s).await_resume()), int>);
    const int n = co_await wait_for(f, 1s);
    CHECK(n == 7);
}

GYRE_TEST_VIRTUAL("a future and shield give the reference that the task gives") {
    settings s;
    auto f = spawn(read(s));
    const settings& seen = co_await f;
    CHECK(&seen == &s);
    CHECK(&f.result() == &s);
    const settings& moved = co_await std::move(f);
    CHECK(&moved == &s);
    const settings& shielded = co_await shield(read(s));
    CHECK(&shielded == &s);
    settings& changed = co_await shield(change(s));
    CHECK(&changed == &s);
    auto later = spawn(change(s));
    settings& again = co_await later;
    CHECK(&again == &s);
}

GYRE_TEST_VIRTUAL("gather gives references beside values, and a vector of them as std::reference_wrapper") {
    settings s;
    settings t;
    const auto number = []() -> task<int> { co_return 1; };
    const std::tuple<const settings&, settings&, int> mixed = co_await gather(read(s), change(t), number());
    CHECK(&std::get<0>(mixed) == &s);
    CHECK(&std::get<1>(mixed) == &t);
    std::vector<task<const settings&>> tasks;
    tasks.push_back(read(s));
    tasks.push_back(read(t));
    const std::vector<std::reference_wrapper<const settings>> all = co_await gather(std::move(tasks));
    REQUIRE(all.size() == 2);
    CHECK(&all[0].get() == &s);
    CHECK(&all[1].get() == &t);

    const auto ends = co_await gather_outcomes(read(s), fails());
    REQUIRE(std::get<0>(ends).has_value());
    CHECK(&std::get<0>(ends)->get() == &s);
    CHECK_FALSE(std::get<1>(ends).has_value());
}

GYRE_TEST_VIRTUAL("gather of futures gives references too") {
    settings s;
    settings t;
    auto a = spawn(read(s));
    auto b = spawn(change(t));
    const std::tuple<const settings&, settings&> both = co_await gather(a, b);
    CHECK(&std::get<0>(both) == &s);
    CHECK(&std::get<1>(both) == &t);
    std::vector<future<const settings&>> futures;
    futures.push_back(spawn(read(s)));
    futures.push_back(spawn(read(t)));
    const auto all = co_await gather(futures);
    CHECK(&all[0].get() == &s);
    CHECK(&all[1].get() == &t);
    const auto ends = co_await gather_outcomes(futures);
    CHECK(&ends[1]->get() == &t);
}

GYRE_TEST_VIRTUAL("race gives the winner's reference") {
    settings s;
    settings t;
    const auto won = co_await race(read(s, 2s), read(t, 1s));
    REQUIRE(won.index() == 1);
    CHECK(&std::get<1>(won).get() == &t);
    std::vector<task<const settings&>> tasks;
    tasks.push_back(read(s, 1s));
    tasks.push_back(read(t, 2s));
    const std::pair<std::size_t, const settings&> first = co_await race(std::move(tasks));
    CHECK(first.first == 0);
    CHECK(&first.second == &s);
    const auto success = co_await first_success(fails(), change(t));
    CHECK(&std::get<1>(success).get() == &t);
    const auto results = co_await race_results(read(s, 1s), read(t, 2s));
    REQUIRE(std::get<0>(results).has_value());
    CHECK(&std::get<0>(results)->get() == &s);
    CHECK_FALSE(std::get<1>(results).has_value());
}

GYRE_TEST_VIRTUAL("a group's child gives its reference; `with` gives a value, since a scope's own things are gone") {
    settings s;
    future<const settings&> child;
    co_await with(task_group(), [&](task_group& g) -> task<> {
        child = g.spawn(read(s));
        co_return;
    });
    CHECK(&child.result() == &s);
    const int five = 5;
    const auto reference = [&](timeout_scope&) -> task<const int&> {
        co_await yield();
        co_return five;
    };
    const int copied = co_await with(timeout(1s), reference);
    CHECK(copied == 5);
}

TEST_CASE("run() and run_until_complete() give the reference that the task gives") {
    settings s;
    CHECK(&gyre::run(read(s)) == &s);
    event_loop loop(gyre::test::options());
    CHECK(&loop.run_until_complete(read(s)) == &s);
}
