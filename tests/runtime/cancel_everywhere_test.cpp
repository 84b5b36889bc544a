// Scripts over every combinator, cancelled at every point where they wait: nothing hangs, nothing is left.
#include <gyre/runtime/testing/cancel_at_every_await.hpp>

#include <algorithm>
#include <functional>
#include <ranges>
#include <vector>

#include "support/test.hpp"

using namespace std::chrono_literals;

namespace {

struct here;
using tracked = gyre::test::live_object<here>;

gyre::task<int> step(int n) {
    const tracked guard;
    co_await gyre::sleep(1ms);
    co_await gyre::yield();
    co_return n;
}
gyre::async_generator<int> steps(int n) {
    const tracked guard;
    for (int i = 0; i < n; ++i) {
        co_await step(i);
        co_yield i;
    }
}
gyre::task<> fails() {
    const tracked guard;
    co_await gyre::sleep(2ms);
    throw std::runtime_error("fails");
}
class resource {
public:
    gyre::task<> close() {
        co_await gyre::sleep(1ms);
        closed = true;
    }
    bool closed = false;
    tracked guard;
};

void check(const std::function<gyre::task<>()>& script) {
    tracked::reset();
    const auto frames_before = gyre::detail::frame_bytes_in_use();
    const std::size_t runs = gyre::testing::cancel_at_every_await(
        script,
        [&] {
            REQUIRE(tracked::alive() == 0);
            REQUIRE(gyre::detail::frame_bytes_in_use() == frames_before);
        },
        gyre::test::virtual_time_options());
    CHECK(runs >= 2);
}

// The same for a script that runs work(), which takes an hour: a cancel that comes before that has passed ends the script at once.
void check_long(const std::function<gyre::task<>(const std::function<gyre::task<>()>& work)>& script) {
    tracked::reset();
    bool worked = false;
    std::vector<bool> worked_in_run;
    const std::function<gyre::task<>()> work = [&]() -> gyre::task<> {
        const tracked guard;
        co_await gyre::sleep(1h);
        worked = true;
    };
    gyre::testing::cancel_at_every_await(
        [&] {
            worked = false;
            return script(work);
        },
        [&] {
            REQUIRE(tracked::alive() == 0);
            worked_in_run.push_back(worked);
        },
        gyre::test::virtual_time_options());
    // Each run is cancelled one turn later than the one before: once it is too late it stays so.
    CHECK(worked_in_run.size() > 4);
    CHECK(std::is_sorted(worked_in_run.begin(), worked_in_run.end()));
    CHECK(worked_in_run.back());
}

// The same by a cancel scope around the script, after every number of turns: every await throws from then on, those of clean-ups in the
// scope too.
void check_level(const std::function<gyre::task<>()>& script) {
    tracked::reset();
    std::size_t runs = 0;
    for (bool cancelled = true; cancelled; ++runs) {
        gyre::test::run(
            [&]() -> gyre::task<> {
                gyre::cancel_scope scope;
                auto cancel_later = [](gyre::cancel_scope& s, std::size_t turns) -> gyre::task<> {
                    for (std::size_t i = 0; i < turns; ++i) co_await gyre::sleep(200us);
                    s.cancel();
                };
                auto canceller = gyre::spawn(cancel_later(scope, runs));
                co_await gyre::with(scope, [&](gyre::cancel_scope&) -> gyre::task<> { co_await script(); });
                cancelled = scope.cancelled_caught();
                canceller.cancel();
            },
            gyre::test::virtual_time_options());
        REQUIRE(tracked::alive() == 0);
    }
    CHECK(runs > 2);
}

gyre::task<> many_kinds_of_waiting() {
    co_await gyre::gather(step(1), step(2));
    co_await gyre::race(step(1), step(2));
    auto f = gyre::spawn(step(3));
    co_await gyre::wait_for(f, 1s);
    co_await gyre::with(gyre::timeout(1s), [](gyre::timeout_scope&) -> gyre::task<> { co_await step(1); });
    co_await gyre::with(gyre::task_group(), [](gyre::task_group& g) -> gyre::task<> {
        g.spawn(step(1));
        co_await step(2);
    });
    co_await gyre::with(resource(), [](resource&) -> gyre::task<> { co_await step(1); });
    std::vector<gyre::async_generator<int>> sources;
    sources.push_back(steps(2));
    sources.push_back(steps(3));
    co_await gyre::collect(gyre::merge(std::move(sources)));
    auto each = [](int n) -> gyre::task<> { co_await step(n); };
    co_await gyre::for_each_concurrent(std::views::iota(0, 3), 2, each);
}

}  // namespace

TEST_CASE("cancelled at every await: plain awaits and spawned tasks") {
    check([]() -> gyre::task<> {
        co_await step(1);
        auto f = gyre::spawn(step(2));
        co_await f;
        auto a = gyre::spawn(step(3));
        co_await gyre::shield(a);
    });
}

TEST_CASE("cancelled at every await: gather by value and by handle") {
    check([]() -> gyre::task<> {
        co_await gyre::gather(step(1), step(2));
        co_await gyre::gather_outcomes(step(1), fails());
        std::vector<gyre::future<int>> futures;
        for (int i = 0; i < 3; ++i) futures.push_back(gyre::spawn(step(i)));
        co_await gyre::gather(futures);
        try {
            co_await gyre::gather(step(1), fails());
        } catch (const std::runtime_error&) {
        }
    });
}

TEST_CASE("cancelled at every await: race, first_success, wait, as_completed") {
    check([]() -> gyre::task<> {
        co_await gyre::race(step(1), step(2));
        co_await gyre::race_results(step(1), step(2));
        auto failing = []() -> gyre::task<int> {
            co_await fails();
            co_return 0;
        };
        co_await gyre::first_success(failing(), step(2));
        std::vector<gyre::future<int>> futures;
        for (int i = 0; i < 3; ++i) futures.push_back(gyre::spawn(step(i)));
        co_await gyre::wait(futures, gyre::first_completed, 5ms);
        auto ended = gyre::as_completed(futures);
        while (true) {
            const auto next = co_await ended.next();
            if (!next) break;
        }
    });
}

TEST_CASE("cancelled at every await: time limits and cancel scopes") {
    check([]() -> gyre::task<> {
        co_await gyre::wait_for(step(1), 1s);
        try {
            co_await gyre::wait_for(gyre::sleep(1h), 1ms);
        } catch (const gyre::timeout_error&) {
        }
        co_await gyre::with(gyre::timeout(1s), [](gyre::timeout_scope&) -> gyre::task<> { co_await step(1); });
        gyre::cancel_scope scope;
        co_await gyre::with(scope, [](gyre::cancel_scope& s) -> gyre::task<> {
            co_await step(1);
            s.cancel();
            co_await step(2);
        });
        co_await gyre::as_outcome(step(3));
    });
}

TEST_CASE("cancelled at every await: task groups") {
    check([]() -> gyre::task<> {
        co_await gyre::with(gyre::task_group(), [](gyre::task_group& g) -> gyre::task<> {
            g.spawn(step(1));
            g.spawn(step(2));
            auto service = [](gyre::task_status<int> status) -> gyre::task<> {
                co_await step(1);
                status.started(1);
                co_await step(2);
            };
            co_await g.start<int>(service);
        });
        try {
            co_await gyre::with(gyre::task_group(), [](gyre::task_group& g) -> gyre::task<> {
                g.spawn(fails());
                co_await step(1);
            });
        } catch (const gyre::exception_group&) {
        }
    });
}

TEST_CASE("cancelled at every await: groups whose body starts the children and returns at once") {
    using work_of = std::function<gyre::task<>()>;
    auto serve = [](const work_of& work) -> gyre::task<> {
        co_await gyre::with(gyre::task_group(), [&](gyre::task_group& g) -> gyre::task<> {
            g.spawn(work());
            g.spawn(work());
            co_return;
        });
    };
    check_long(serve);
    check_long([&](const work_of& work) -> gyre::task<> { co_await gyre::gather(serve(work), serve(work)); });
    check_long([&](const work_of& work) -> gyre::task<> { co_await gyre::wait_for(serve(work), 2h); });
    check_long([&](const work_of& work) -> gyre::task<> {
        co_await gyre::with(gyre::timeout(2h), [&](gyre::timeout_scope&) -> gyre::task<> { co_await serve(work); });
    });
    check_long([&](const work_of& work) -> gyre::task<> {
        co_await gyre::with(gyre::task_group(), [&](gyre::task_group& g) -> gyre::task<> {
            auto child = [&]() -> gyre::task<> {
                g.spawn(serve(work));
                co_return;
            };
            g.spawn(child);
            co_return;
        });
    });
    check_long([&](const work_of& work) -> gyre::task<> { co_await gyre::spawn(serve(work)); });
}

TEST_CASE("cancelled at every await: with and try_finally") {
    check([]() -> gyre::task<> {
        auto open = []() -> gyre::task<resource> {
            co_await gyre::sleep(1ms);
            co_return resource();
        };
        co_await gyre::with(open(), [](resource&) -> gyre::task<> { co_await step(1); });
        resource r;
        co_await gyre::with(r, [](resource&) -> gyre::task<> { co_await step(1); });
        REQUIRE(r.closed);
        auto body = []() -> gyre::task<> { co_await step(1); };
        auto cleanup = []() -> gyre::task<> { co_await step(2); };
        co_await gyre::try_finally(body, cleanup);
    });
}

TEST_CASE("cancelled at every await: for_each_concurrent and map_unordered") {
    check([]() -> gyre::task<> {
        auto each = [](int n) -> gyre::task<> { co_await step(n); };
        co_await gyre::for_each_concurrent(std::views::iota(0, 6), 2, each);
        auto results = gyre::map_unordered(std::views::iota(0, 6), 2, step);
        while (true) {
            const auto next = co_await results.next();
            if (!next) break;
        }
    });
}

TEST_CASE("cancelled at every await: for_each, collect and the adaptors") {
    check([]() -> gyre::task<> {
        auto twice = [](int n) -> gyre::task<int> {
            const int m = co_await step(n);
            co_return 2 * m;
        };
        auto wanted = [](int n) -> gyre::task<bool> {
            const int m = co_await step(n);
            co_return m % 4 == 0;
        };
        auto chunks = gyre::chunk(gyre::enumerate(gyre::filter(gyre::map(gyre::take(steps(9), 5), twice), wanted)), 2);
        auto note = [](const std::vector<std::pair<std::size_t, int>>&) -> gyre::task<> { co_await step(1); };
        co_await gyre::for_each(std::move(chunks), note);
        const auto pairs = co_await gyre::collect(gyre::zip(steps(3), steps(2)));
        REQUIRE(pairs.size() == 2);
    });
}

TEST_CASE("cancelled at every await: merge, to its end, closed, dropped and failing") {
    check([]() -> gyre::task<> {
        const auto sources = [] {
            std::vector<gyre::async_generator<int>> all;
            for (int i = 2; i < 5; ++i) all.push_back(steps(i));
            return all;
        };
        const auto all = co_await gyre::collect(gyre::merge(sources()));
        REQUIRE(all.size() == 9);
        const auto head = co_await gyre::collect(gyre::take(gyre::merge(sources()), 2));
        REQUIRE(head.size() == 2);
        auto closed = gyre::merge(sources());
        co_await closed.next();
        co_await closed.close();
        {
            auto dropped = gyre::merge(sources());
            co_await dropped.next();
        }
        auto failing = []() -> gyre::async_generator<int> {
            co_await fails();
            co_yield 0;
        };
        try {
            co_await gyre::collect(gyre::merge(steps(5), failing()));
        } catch (const std::runtime_error&) {
        }
    });
}

TEST_CASE("cancelled at every await: a queue under merge loses no item that was taken from it") {
    std::size_t put = 0;
    std::size_t seen = 0;
    std::size_t left = 0;
    gyre::testing::cancel_at_every_await(
        [&]() -> gyre::task<> {
            put = seen = left = 0;
            gyre::queue<int> a;
            gyre::queue<int> b(1);
            struct count_left {
                ~count_left() { left = a.size() + b.size(); }
                gyre::queue<int>& a;
                gyre::queue<int>& b;
                std::size_t& left;
            } const at_end{a, b, left};
            auto fill = [](gyre::queue<int>& q, int n, std::size_t& count) -> gyre::task<> {
                for (int i = 0; i < n; ++i) {
                    co_await q.put(i);
                    ++count;
                    co_await gyre::yield();
                }
                q.shutdown();
            };
            auto drain = [&]() -> gyre::task<> {
                auto items = gyre::merge(a, b);
                while (true) {
                    const auto item = co_await items.next();
                    if (!item) break;
                    ++seen;
                }
            };
            co_await gyre::gather(fill(a, 3, put), fill(b, 4, put), drain());
        },
        [&] { REQUIRE(seen + left == put); }, gyre::test::virtual_time_options());
    CHECK(seen == 7);
}

TEST_CASE("cancelled at every await: outcomes of futures, a shielded task, a promise, a task started at once") {
    check([]() -> gyre::task<> {
        auto a = gyre::spawn(step(1));
        auto b = gyre::spawn(fails());
        co_await gyre::gather_outcomes(a, b);
        co_await gyre::shield(step(2));
        gyre::promise<int> p;
        auto sets = [](gyre::promise<int>& to) -> gyre::task<> {
            co_await step(1);
            if (!to.done()) to.set_value(1);
        };
        auto setter = gyre::spawn(sets(p), "", gyre::start_now);
        co_await p.get_future();
        co_await setter;
    });
}

TEST_CASE("cancelled at every await: limits that pass, scopes that are moved, shielded and nested") {
    check([]() -> gyre::task<> {
        try {
            co_await gyre::with(gyre::timeout(1h), [](gyre::timeout_scope& t) -> gyre::task<> {
                co_await step(1);
                t.reschedule(gyre::event_loop::current().time() + 2ms);
                co_await gyre::sleep(1h);
            });
        } catch (const gyre::timeout_error&) {
        }
        gyre::cancel_scope outer;
        outer.set_deadline(gyre::event_loop::current().time() + 10ms);
        co_await gyre::with(outer, [](gyre::cancel_scope&) -> gyre::task<> {
            gyre::cancel_scope shielded;
            shielded.set_shield(true);
            co_await gyre::with(shielded, [](gyre::cancel_scope&) -> gyre::task<> { co_await step(1); });
            co_await gyre::sleep(1h);
        });
        std::vector<gyre::future<int>> slow(1, gyre::spawn(step(1)));
        co_await gyre::wait(slow, gyre::all_completed, 500us);
        auto ended = gyre::as_completed(slow, 100us);
        try {
            co_await ended.next();
        } catch (const gyre::timeout_error&) {
        }
    });
}

TEST_CASE("cancelled at every await: groups in groups, cancelled groups, children that never start") {
    check([]() -> gyre::task<> {
        co_await gyre::with(gyre::task_group(), [](gyre::task_group& outer) -> gyre::task<> {
            auto inner = []() -> gyre::task<> {
                co_await gyre::with(gyre::task_group(), [](gyre::task_group& g) -> gyre::task<> {
                    g.spawn(step(1));
                    co_await step(2);
                });
            };
            outer.spawn(inner());
            co_await inner();
        });
        co_await gyre::with(gyre::task_group(), [](gyre::task_group& g) -> gyre::task<> {
            g.spawn(step(1));
            co_await gyre::yield();
            g.cancel();
            co_await step(2);
        });
        try {
            co_await gyre::with(gyre::task_group(), [](gyre::task_group& g) -> gyre::task<> {
                auto silent = [](gyre::task_status<>) -> gyre::task<> { co_await step(1); };
                co_await g.start(silent);
            });
        } catch (const gyre::exception_group&) {
        }
    });
}

TEST_CASE("cancelled at every await: a generator under with, closed, and left in the middle") {
    check([]() -> gyre::task<> {
        co_await gyre::with(steps(5), [](gyre::async_generator<int>& g) -> gyre::task<> {
            co_await g.next();
            co_await g.next();
        });
        auto results = gyre::map_unordered(std::views::iota(0, 4), 3, step);
        co_await results.next();
        co_await results.close();
        auto left = steps(5);
        co_await left.next();
    });
}

TEST_CASE("cancelled at every await: what two queues gave to a race is not lost") {
    int put = 0;
    int got = 0;
    int left = 0;
    gyre::testing::cancel_at_every_await(
        [&]() -> gyre::task<> {
            put = got = left = 0;
            gyre::queue<int> a;
            gyre::queue<int> b;
            struct count_left {
                ~count_left() { left = static_cast<int>(a.size() + b.size()); }
                gyre::queue<int>& a;
                gyre::queue<int>& b;
                int& left;
            } const at_end{a, b, left};
            auto fill = [&]() -> gyre::task<> {
                for (int i = 0; i < 3; ++i) {
                    a.put_nowait(1);
                    b.put_nowait(1);
                    put += 2;
                    co_await gyre::sleep(1ms);
                }
            };
            auto take = [&](gyre::queue<int>& q) -> gyre::task<> {
                co_await q.get();
                ++got;
            };
            auto drain = [&]() -> gyre::task<> {
                while (got < 6) co_await gyre::race_results(take(a), take(b));
            };
            co_await gyre::gather(fill(), drain());
        },
        [&] { REQUIRE(got + left == put); }, gyre::test::virtual_time_options());
    CHECK(got == 6);
}

TEST_CASE("a level-triggered cancel at every turn: all kinds of waiting end, and nothing is left") { check_level(many_kinds_of_waiting); }
