// How one request to cancel spreads over tasks that wait for one another: however deep, however many ways lead to one, and in a ring.
#include <algorithm>
#include <ctime>
#include <limits>
#include <memory>
#include <string>
#include <vector>

#include "support/sanitizers.hpp"
#include "support/test.hpp"

using namespace gyre;
using namespace std::chrono_literals;

namespace {

// More than a recursion over awaits could reach on a stack of 8 MiB.
constexpr int deep = gyre::test::under_address_sanitizer || gyre::test::under_thread_sanitizer ? 30'000 : 150'000;

task<> forever() { co_await gyre::sleep(1h); }

task<> nested_gathers(int n) {
    if (n == 0) {
        co_await forever();
        co_return;
    }
    std::vector<task<>> below;
    below.push_back(nested_gathers(n - 1));
    co_await gather(std::move(below));
}
task<> nested_limits(int n) {
    if (n == 0)
        co_await forever();
    else
        co_await wait_for(nested_limits(n - 1), 2h);
}
task<> after(future<> before) { co_await before; }

task<> both(future<> a, future<> b) {
    std::vector<future<>> futures;
    futures.push_back(a);
    futures.push_back(b);
    co_await gather(std::move(futures));
}

// Tasks that are given the handles they wait for when all have been spawned.
using handles = std::shared_ptr<std::vector<future<>>>;
task<> awaits(handles all, std::size_t which) {
    co_await gyre::yield();
    co_await (*all)[which];
}
task<> gathers(handles all, std::vector<std::size_t> which) {
    co_await gyre::yield();
    std::vector<future<>> futures;
    for (const std::size_t i : which) futures.push_back((*all)[i]);
    co_await gather(std::move(futures));
}

}  // namespace

GYRE_TEST_VIRTUAL("a cancel passes through structured calls and rows of futures of any depth") {
    for (auto* nest : {&nested_gathers, &nested_limits}) {
        auto f = spawn((*nest)(deep));
        co_await gyre::sleep(1ms);
        f.cancel();
        const auto end = co_await as_outcome(f);
        CHECK(end.cancelled());
    }
    future<> first = spawn(forever());
    future<> last = first;
    for (int i = 0; i < deep; ++i) last = spawn(after(last));
    co_await gyre::sleep(1ms);
    last.cancel();
    const auto end = co_await as_outcome(last);
    CHECK(end.cancelled());
    CHECK(first.cancelled());
}

GYRE_TEST_VIRTUAL("a request passes each task once, however many ways lead to it") {
    const auto leaf_a = spawn(forever());
    const auto leaf_b = spawn(forever());
    future<> a = leaf_a;
    future<> b = leaf_b;
    for (int i = 0; i < 60; ++i) {
        future<> next_a = spawn(both(a, b));
        future<> next_b = spawn(both(a, b));
        a = next_a;
        b = next_b;
    }
    co_await gyre::sleep(1ms);
    a.cancel();
    CHECK(leaf_a.cancelling() == 1);
    CHECK(leaf_b.cancelling() == 1);
    const auto end = co_await as_outcome(a);
    CHECK(end.cancelled());
    CHECK(leaf_a.cancelled());
    CHECK(leaf_b.cancelled());
}

GYRE_TEST_VIRTUAL("a second request passes the same way again") {
    int caught = 0;
    auto stubborn = [&]() -> task<> {
        for (int i = 0; i < 2; ++i) try {
                co_await forever();
            } catch (const cancelled_error&) {
                ++caught;
            }
    };
    auto inner = spawn(stubborn());
    auto outer = spawn(both(inner, inner));
    co_await gyre::sleep(1ms);
    outer.cancel();
    co_await gyre::sleep(1ms);
    CHECK(caught == 1);
    outer.cancel();
    co_await gyre::sleep(1ms);
    CHECK(caught == 2);
    CHECK(outer.done());
}

GYRE_TEST_VIRTUAL("a cancel ends tasks that wait for one another in a ring, whichever of them is asked") {
    for (const bool by_gather : {false, true}) {
        for (std::size_t size = 2; size <= 4; ++size) {
            for (std::size_t asked = 0; asked < size; ++asked) {
                const auto all = std::make_shared<std::vector<future<>>>();
                for (std::size_t i = 0; i < size; ++i) {
                    const std::size_t next = (i + 1) % size;
                    all->push_back(by_gather ? spawn(gathers(all, {size, next})) : spawn(awaits(all, next)));
                }
                const auto beside = spawn(forever());
                all->push_back(beside);
                co_await gyre::sleep(1ms);
                (*all)[asked].cancel();
                co_await gyre::sleep(1ms);
                INFO("a ring of " << size << ", asked at " << asked << (by_gather ? ", by gather" : ""));
                for (std::size_t i = 0; i < size; ++i) CHECK((*all)[i].cancelled());
                CHECK(beside.cancelled() == by_gather);
                all->back().cancel();
                all->clear();
            }
        }
    }
}

GYRE_TEST_VIRTUAL("a ring that is reached by two ways from outside is cut") {
    const auto all = std::make_shared<std::vector<future<>>>();
    all->push_back(spawn(awaits(all, 1)));
    all->push_back(spawn(awaits(all, 0)));
    auto outer = spawn(gathers(all, {0, 1}));
    co_await gyre::sleep(1ms);
    outer.cancel();
    const auto end = co_await as_outcome(outer);
    CHECK(end.cancelled());
    CHECK((*all)[0].cancelled());
    CHECK((*all)[1].cancelled());
    all->clear();
}

GYRE_TEST_VIRTUAL("a child that waits for the task around it is cut loose by a cancel of either") {
    for (const bool ask_the_child : {false, true}) {
        const auto all = std::make_shared<std::vector<future<>>>();
        auto parent = [&]() -> task<> {
            co_await with(task_group(), [&](task_group& g) -> task<> {
                all->push_back(g.spawn(awaits(all, 0)));
                co_return;
            });
        };
        all->push_back(spawn(parent()));
        co_await gyre::sleep(1ms);
        (*all)[ask_the_child ? 1 : 0].cancel();
        co_await gyre::sleep(1ms);
        CHECK((*all)[0].done());
        CHECK((*all)[1].cancelled());
        all->clear();
    }
}

TEST_CASE("a loop with tasks that wait for one another for ever can be closed") {
    gyre::test::run([]() -> task<> {
        const auto all = std::make_shared<std::vector<future<>>>();
        all->push_back(spawn(awaits(all, 1)));
        all->push_back(spawn(awaits(all, 0)));
        co_await gyre::sleep(1ms);
        all->clear();
    });
}

TEST_CASE("closing a loop asks each task once, whoever waits for it") {
    constexpr int many = 200;
    std::vector<int> asked;
    {
        event_loop loop(gyre::test::virtual_time_options());
        auto row = [&]() -> task<> {
            auto notes = [&](future<> before) -> task<> {
                try {
                    if (before)
                        co_await before;
                    else
                        co_await forever();
                } catch (const cancelled_error&) {
                    asked.push_back(current_task().cancelling());
                    throw;
                }
            };
            future<> before;
            for (int i = 0; i < many; ++i) before = spawn(notes, before);
            co_await gyre::sleep(1ms);
        };
        loop.run_until_complete(row());
    }
    CHECK(asked == std::vector<int>(many, 1));
}

GYRE_TEST_VIRTUAL("a group that stops asks each child once, whoever waits for it") {
    constexpr std::size_t many = 200;
    std::vector<int> asked;
    auto notes = [&](future<> before) -> task<> {
        try {
            co_await before;
        } catch (const cancelled_error&) {
            asked.push_back(current_task().cancelling());
            throw;
        }
    };
    co_await with(task_group(), [&](task_group& g) -> task<> {
        future<> before = g.spawn(forever());
        for (std::size_t i = 0; i < many; ++i) before = g.spawn(notes, before);
        co_await gyre::sleep(1ms);
        g.cancel();
    });
    CHECK(asked == std::vector<int>(many, 1));
}

TEST_CASE("tasks end in the order in which closing a loop asks them: as they were spawned, and what one waits for before the next") {
    std::string log;
    {
        event_loop loop(gyre::test::virtual_time_options());
        auto all = [&]() -> task<> {
            auto notes = [&](char name, future<>* on) -> task<> {
                co_await yield();
                try {
                    if (on != nullptr)
                        co_await *on;
                    else
                        co_await forever();
                } catch (const cancelled_error&) {
                    log += name;
                    throw;
                }
            };
            future<> last;
            spawn(notes, 'a', &last);
            spawn(notes, 'b', nullptr);
            last = spawn(notes, 'c', nullptr);
            co_await gyre::sleep(1ms);
        };
        loop.run_until_complete(all());
    }
    CHECK(log == "cba");
}

TEST_CASE("closing a loop takes time in proportion to its tasks, in a row or not") {
    // Of the processor: what other programs do does not count. The best of a few: a page fault or a cold cache does not, either.
    const auto best_time = [](int n) {
        std::clock_t best = std::numeric_limits<std::clock_t>::max();
        for (int round = 0; round < 3; ++round) {
            auto loop = std::make_unique<event_loop>(gyre::test::virtual_time_options());
            auto row = [n]() -> task<> {
                future<> last = spawn(forever());
                for (int i = 1; i < n; ++i) last = spawn(after(last));
                co_await gyre::sleep(1ms);
            };
            loop->run_until_complete(row());
            const std::clock_t begin = std::clock();
            loop.reset();
            best = std::min(best, std::clock() - begin);
        }
        return static_cast<double>(best);
    };
    // Eight times the tasks: eight times the work, or 64 times if each looked at every other.
    const double few = best_time(5'000);
    const double many = best_time(40'000);
    CHECK(many < 25 * few);
}

GYRE_TEST_VIRTUAL("a level-triggered cancel that comes by a second way is level-triggered behind it too") {
    int thrown = 0;
    auto leaf = [&]() -> task<> {
        for (int i = 0; i < 3; ++i) try {
                co_await gyre::sleep(1ms);
            } catch (const cancelled_error&) {
                ++thrown;
            }
    };
    auto inner = [&]() -> task<> { co_await gather(leaf()); };
    cancel_scope scope;
    auto cancels = event_loop::current().call_later(500us, [&] { scope.cancel(); });
    co_await with(scope, [&](cancel_scope&) -> task<> {
        co_await with(task_group(), [&](task_group& g) -> task<> {
            future<> child = g.spawn(inner());
            co_await gather(std::move(child));
        });
    });
    CHECK(thrown == 3);
}
