// ctest: threads
// Cancelling calls into other loops at every stage.
#include <atomic>
#include <stdexcept>
#include <string>
#include <thread>
#include <vector>

#include "runtime/shards_support.hpp"

using namespace std::chrono_literals;
using gyre::test::remote_state;
using gyre::test::sleep_there;
using gyre::test::until;

GYRE_TEST("cancelling who awaits cancels the task there and waits for its clean-up") {
    gyre::shards all(1, gyre::test::options());
    remote_state state;
    std::atomic<bool> cleaned_up = false;
    auto caller = [&]() -> gyre::task<> {
        co_await all.submit_to(0, [&]() -> gyre::task<> {
            co_await gyre::try_finally([&] { return sleep_there(state); },
                                       [&]() -> gyre::task<> {
                                           co_await gyre::sleep(5ms);
                                           cleaned_up = true;
                                       });
        });
    };
    auto f = gyre::spawn(caller());
    co_await until(state.started, 1);
    f.cancel();
    const auto end = co_await gyre::as_outcome(f);
    CHECK(end.cancelled());
    CHECK(state.cancelled == 1);
    CHECK(cleaned_up);
}

GYRE_TEST("a call whose cancel reaches the shard before the task starts never runs it") {
    gyre::shards all(1, gyre::test::options());
    std::atomic<bool> held = true;
    std::atomic<bool> holding = false;
    all.loop(0).call_soon_threadsafe([&] {
        holding = true;
        while (held) std::this_thread::yield();
    });
    while (!holding) co_await gyre::sleep(50us);
    bool ran = false;
    auto caller = [&]() -> gyre::task<> {
        co_await all.submit_to(0, [&]() -> gyre::task<> {
            ran = true;
            co_return;
        });
    };
    auto f = gyre::spawn(caller());
    co_await gyre::yield();
    f.cancel();
    co_await gyre::yield();
    CHECK_FALSE(f.done());
    held = false;
    const auto end = co_await gyre::as_outcome(f);
    CHECK(end.cancelled());
    CHECK_FALSE(ran);
}

GYRE_TEST("a task that was cancelled before does not call at all") {
    gyre::shards all(1, gyre::test::options());
    bool ran = false;
    auto caller = [&]() -> gyre::task<> {
        gyre::current_task().cancel();
        co_await all.submit_to(0, [&]() -> gyre::task<> {
            ran = true;
            co_return;
        });
    };
    const auto end = co_await gyre::as_outcome(gyre::spawn(caller()));
    CHECK(end.cancelled());
    CHECK_FALSE(ran);
}

GYRE_TEST("a result that the task gives after it was cancelled is delivered, and the request is dealt with") {
    gyre::shards all(1, gyre::test::options());
    remote_state state;
    int delivered = 0;
    bool went_on = false;
    auto caller = [&]() -> gyre::task<> {
        delivered = co_await all.submit_to(0, [&]() -> gyre::task<int> {
            try {
                co_await sleep_there(state);
            } catch (const gyre::cancelled_error&) {
            }
            co_return 42;
        });
        co_await gyre::yield();
        went_on = true;
    };
    // A scope's cancel, so that the caller's own end shows nothing but what the call made of it.
    auto limit = gyre::timeout(1h);
    auto ends_the_scope = [&]() -> gyre::task<> {
        co_await until(state.started, 1);
        limit.reschedule(gyre::event_loop::current().time());
    };
    auto ending = gyre::spawn(ends_the_scope());
    co_await gyre::with(limit, [&](gyre::timeout_scope&) { return caller(); });
    co_await ending;
    CHECK(state.cancelled == 1);
    CHECK(delivered == 42);
    CHECK(went_on);
}

GYRE_TEST("a second cancel reaches a task that has caught the first") {
    gyre::shards all(1, gyre::test::options());
    remote_state state;
    auto caller = [&]() -> gyre::task<> {
        co_await all.submit_to(0, [&]() -> gyre::task<> {
            try {
                co_await sleep_there(state);
            } catch (const gyre::cancelled_error&) {
            }
            co_await sleep_there(state);
        });
    };
    auto f = gyre::spawn(caller());
    co_await until(state.started, 1);
    f.cancel();
    co_await until(state.started, 2);
    CHECK_FALSE(f.done());
    f.cancel();
    const auto end = co_await gyre::as_outcome(f);
    CHECK(end.cancelled());
    CHECK(state.cancelled == 2);
}

GYRE_TEST("a level-triggered cancel stays one on the other side") {
    gyre::shards all(1, gyre::test::options());
    remote_state state;
    std::atomic<int> thrown = 0;
    gyre::cancel_scope scope;
    auto canceller = gyre::spawn([&]() -> gyre::task<> {
        co_await until(state.started, 1);
        scope.cancel();
    });
    co_await gyre::with(scope, [&](gyre::cancel_scope&) -> gyre::task<> {
        co_await all.submit_to(0, [&]() -> gyre::task<> {
            for (int i = 0; i < 3; ++i) {
                try {
                    co_await sleep_there(state);
                } catch (const gyre::cancelled_error&) {
                    ++thrown;
                }
            }
        });
    });
    CHECK(thrown == 3);
    CHECK(scope.cancelled_caught() == false);
    co_await canceller;
}

GYRE_TEST("cancelled at any moment, a call either ends cancelled or delivers, and leaves nothing behind") {
    gyre::shards all(2, gyre::test::options());
    struct here {};
    using counted = gyre::test::live_object<here>;
    counted::reset();
    std::atomic<int> completed = 0;
    int delivered = 0;
    int cancelled = 0;
    for (int i = 0; i < 3000; ++i) {
        auto caller = [&]() -> gyre::task<> {
            auto work = [&, held = counted(i)]() -> gyre::task<int> {
                const counted local(i);
                if (i % 3 == 1) co_await gyre::yield();
                if (i % 3 == 2) co_await gyre::sleep(5us);
                ++completed;
                co_return held.value();
            };
            const int got = co_await all.submit_to(static_cast<std::size_t>(i % 2), work);
            if (got == i) ++delivered;
        };
        auto f = gyre::spawn(caller());
        for (int turns = i % 5; turns > 0 && !f.done(); --turns) co_await gyre::yield();
        if (i % 4 == 3) co_await gyre::sleep(10us);
        f.cancel();
        const auto end = co_await gyre::as_outcome(f);
        if (end.cancelled()) ++cancelled;
    }
    CHECK(completed == delivered);
    CHECK(cancelled > 0);
    CHECK(delivered > 0);
    CHECK(counted::alive() == 0);
}

TEST_CASE("calls between shards are cancelled in great number, both ways") {
    gyre::shards all(2, gyre::test::options());
    std::atomic<long> inside = 0;
    std::atomic<long> ended = 0;
    all.run_on_all([&]() -> gyre::task<> {
        const std::size_t other = 1 - gyre::shards::current();
        for (int round = 0; round < 100; ++round) {
            std::vector<gyre::future<>> calls;
            for (int i = 0; i < 20; ++i)
                calls.push_back(gyre::spawn(
                    [&](int n) -> gyre::task<> {
                        auto work = [&, n]() -> gyre::task<> {
                            ++inside;
                            struct leave {
                                std::atomic<long>& count;
                                ~leave() { --count; }
                            } const at_end{inside};
                            co_await gyre::sleep(std::chrono::microseconds(n));
                        };
                        co_await all.submit_to(other, work);
                    },
                    i));
            co_await gyre::sleep(10us);
            for (auto& f : calls) f.cancel();
            co_await gyre::wait(calls);
            ended += static_cast<long>(calls.size());
        }
    });
    CHECK(inside == 0);
    CHECK(ended == 2 * 100 * 20);
}
