// How requests to cancel travel: through stacks and chains of awaits, beside results, one after the other.
#include <ranges>
#include <stdexcept>
#include <string>
#include <vector>

#include "support/test.hpp"

using namespace gyre;
using namespace std::chrono_literals;

namespace {

task<> forever() { co_await gyre::sleep(1h); }

// Notes its end in the order of unwinding.
class noted {
public:
    noted(std::string& log, char name) : log_(log), name_(name) {}
    noted(const noted&) = delete;
    ~noted() { log_ += name_; }

private:
    std::string& log_;
    char name_;
};

task<int> depth(int n) {
    if (n == 0) co_return 0;
    const int below = co_await depth(n - 1);
    co_return below + 1;
}
task<int> ready() { co_return 1; }

}  // namespace

GYRE_TEST_VIRTUAL("a cancel unwinds a stack of awaits from the inside out") {
    std::string log;
    auto inner = [&]() -> task<> {
        const noted n(log, 'c');
        co_await gyre::sleep(1h);
    };
    auto middle = [&]() -> task<> {
        const noted n(log, 'b');
        co_await inner();
    };
    auto outer = [&]() -> task<> {
        const noted n(log, 'a');
        co_await middle();
    };
    auto f = spawn(outer());
    co_await gyre::yield();
    f.cancel();
    const auto end = co_await as_outcome(f);
    CHECK(end.cancelled());
    CHECK(log == "cba");
}

GYRE_TEST_VIRTUAL("a cancel travels down a chain of tasks that await one another, and the ends come back up") {
    std::string log;
    auto leaf = [&]() -> task<> {
        const noted n(log, 'c');
        co_await gyre::sleep(1h);
    };
    auto link = [&](future<> f, char name) -> task<> {
        const noted n(log, name);
        co_await f;
    };
    auto c = spawn(leaf());
    auto b = spawn(link(c, 'b'));
    auto a = spawn(link(b, 'a'));
    co_await gyre::sleep(1ms);
    a.cancel();
    const auto end = co_await as_outcome(a);
    CHECK(end.cancelled());
    CHECK(c.cancelled());
    CHECK(b.cancelled());
    CHECK(log == "cba");
}

GYRE_TEST_VIRTUAL("a task that was woken and is then cancelled has what it waited for, and meets the cancel at its next await") {
    int got = 0;
    promise<int> p;
    auto work = [&](future<int> f) -> task<> {
        got = co_await shield(f);
        co_await gyre::yield();
        got = -1;
    };
    auto f = spawn(work(p.get_future()));
    co_await gyre::yield();
    p.set_value(3);
    f.cancel();
    const auto end = co_await as_outcome(f);
    CHECK(end.cancelled());
    CHECK(got == 3);
}

GYRE_TEST_VIRTUAL("a task that was woken, is then cancelled, and returns without another await ends cancelled") {
    promise<> p;
    auto work = [&](future<> f) -> task<int> {
        co_await shield(f);
        co_return 1;
    };
    auto f = spawn(work(p.get_future()));
    co_await gyre::yield();
    p.set_value();
    f.cancel();
    const auto end = co_await as_outcome(f);
    CHECK(end.cancelled());
}

GYRE_TEST_VIRTUAL("a second cancel interrupts the clean-up that the first one began") {
    bool cleaned = false;
    auto work = [&]() -> task<> {
        bool first = false;
        try {
            co_await gyre::sleep(1h);
        } catch (const cancelled_error&) {
            first = true;
        }
        if (first) co_await gyre::sleep(1h);
        cleaned = true;
    };
    auto f = spawn(work());
    co_await gyre::yield();
    f.cancel();
    co_await gyre::yield();
    CHECK_FALSE(f.done());
    f.cancel();
    const auto end = co_await as_outcome(f);
    CHECK(end.cancelled());
    CHECK_FALSE(cleaned);
    CHECK(f.cancelling() == 2);
}

GYRE_TEST_VIRTUAL("a request that was delivered and taken back leaves the task as it was, and the next one works") {
    int caught = 0;
    auto work = [&]() -> task<> {
        for (int i = 0; i < 2; ++i) {
            try {
                co_await gyre::sleep(1h);
            } catch (const cancelled_error&) {
                ++caught;
                CHECK(current_task().uncancel() == 0);
            }
        }
        co_await gyre::sleep(1ms);
    };
    auto f = spawn(work());
    for (int i = 0; i < 2; ++i) {
        co_await gyre::yield();
        f.cancel();
        co_await gyre::yield();
        CHECK(f.cancelling() == 0);
    }
    co_await f;
    CHECK(caught == 2);
    CHECK(f.uncancel() == 0);
}

GYRE_TEST_VIRTUAL("an expired timeout takes its own request back: the task is not cancelling behind it") {
    int inside = -1;
    auto work = [&]() -> task<> {
        try {
            co_await with(timeout(5ms), [](timeout_scope&) -> task<> { co_await gyre::sleep(1h); });
        } catch (const timeout_error&) {
        }
        inside = current_task().cancelling();
        co_await gyre::sleep(1ms);
    };
    auto f = spawn(work());
    co_await f;
    CHECK(inside == 0);
    CHECK(f.cancelling() == 0);
}

GYRE_TEST_VIRTUAL("when timeouts on two levels and a cancel fall into one turn, the cancel is what comes out, counted once") {
    bool timed_out = false;
    auto work = [&]() -> task<> {
        try {
            co_await with(timeout(5ms), [&](timeout_scope&) -> task<> {
                co_await with(timeout(5ms), [](timeout_scope&) -> task<> { co_await gyre::sleep(1h); });
            });
        } catch (const timeout_error&) {
            timed_out = true;
        }
    };
    auto f = spawn(work());
    event_loop::current().call_later(5ms, [f]() mutable { f.cancel(); });
    co_await gyre::sleep(10ms);
    CHECK(f.cancelled());
    CHECK_FALSE(timed_out);
    CHECK(f.cancelling() == 1);
}

GYRE_TEST_VIRTUAL("a task that throws cancelled_error by hand ends cancelled, though nobody asked it to") {
    auto work = []() -> task<> {
        co_await gyre::yield();
        throw cancelled_error();
    };
    auto f = spawn(work());
    const auto end = co_await as_outcome(f);
    CHECK(end.cancelled());
    CHECK(f.cancelled());
    CHECK(f.cancelling() == 0);
}

GYRE_TEST_VIRTUAL("who awaits a task that was cancelled by others gets cancelled_error, without being cancelled itself") {
    auto inner = spawn(forever());
    bool caught = false;
    auto work = [&]() -> task<int> {
        try {
            co_await inner;
        } catch (const cancelled_error&) {
            caught = true;
            CHECK(current_task().cancelling() == 0);
        }
        co_await gyre::sleep(1ms);
        co_return 1;
    };
    auto f = spawn(work());
    co_await gyre::yield();
    inner.cancel();
    const int value = co_await f;
    CHECK(value == 1);
    CHECK(caught);
}

GYRE_TEST_VIRTUAL("a task that is cancelled while it runs goes on to its next await") {
    std::string log;
    auto work = [&]() -> task<> {
        log += 'a';
        current_task().cancel();
        log += 'b';
        try {
            co_await gyre::yield();
            log += 'x';
        } catch (const cancelled_error&) {
            log += 'c';
            throw;
        }
    };
    auto f = spawn(work());
    const auto end = co_await as_outcome(f);
    CHECK(end.cancelled());
    CHECK(log == "abc");
}

GYRE_TEST_VIRTUAL("awaiting a plain coroutine is no await of its own: a pending cancel waits for one inside") {
    bool entered = false;
    auto inner = [&]() -> task<> {
        entered = true;
        co_await gyre::yield();
    };
    auto work = [&]() -> task<> {
        current_task().cancel();
        co_await inner();
    };
    auto f = spawn(work());
    const auto end = co_await as_outcome(f);
    CHECK(end.cancelled());
    CHECK(entered);
}

GYRE_TEST_VIRTUAL("ready tasks take turns in the order in which they came") {
    std::string log;
    auto work = [&](char name) -> task<> {
        for (int i = 0; i < 3; ++i) {
            log += name;
            co_await gyre::yield();
        }
    };
    co_await gather(work('a'), work('b'), work('c'));
    CHECK(log == "abcabcabc");
}

GYRE_TEST("a recursion of a million awaits, and ten million awaits that are ready, need no stack") {
    const int reached = co_await depth(1'000'000);
    CHECK(reached == 1'000'000);
    bool stop = false;
    int turns = 0;
    auto other = [&]() -> task<> {
        while (!stop) {
            ++turns;
            co_await gyre::yield();
        }
    };
    auto f = spawn(other());
    long sum = 0;
    for (int i = 0; i < 10'000'000; ++i) sum += co_await ready();
    stop = true;
    co_await f;
    CHECK(sum == 10'000'000);
    CHECK(turns > 10'000);
}

GYRE_TEST_VIRTUAL("a cancel that comes while a decided race, gather or limit stops its children is not lost with theirs") {
    // What is stopped cleans up for 10 ms, shielded.
    auto slow_to_stop = []() -> task<int> {
        auto body = []() -> task<> { co_await gyre::sleep(1h); };
        auto cleanup = []() -> task<> { co_await gyre::sleep(10ms); };
        co_await try_finally(body, cleanup);
        co_return 0;
    };
    auto quick = []() -> task<int> {
        co_await gyre::sleep(5ms);
        co_return 1;
    };
    auto fails = []() -> task<int> {
        co_await gyre::sleep(5ms);
        throw std::runtime_error("failed");
    };
    enum class call { race, first_success, gather, limit, scope, workers };
    for (const call which : {call::race, call::first_success, call::gather, call::limit, call::scope, call::workers}) {
        for (const auto when : {10ms, 15ms}) {
            auto work = [&]() -> task<> {
                try {
                    if (which == call::race) co_await race(slow_to_stop(), quick());
                    if (which == call::first_success) co_await first_success(slow_to_stop(), quick());
                    if (which == call::gather) co_await gather(slow_to_stop(), fails());
                    if (which == call::limit) co_await wait_for(slow_to_stop(), 5ms);
                    if (which == call::scope) {
                        cancel_scope scope;
                        scope.set_deadline(event_loop::current().time() + 5ms);
                        co_await with(scope, [&](cancel_scope&) -> task<> { co_await slow_to_stop(); });
                    }
                    if (which == call::workers) {
                        auto either = [&](int n) -> task<> {
                            if (n == 0)
                                co_await slow_to_stop();
                            else
                                co_await fails();
                        };
                        co_await for_each_concurrent(std::views::iota(0, 2), 2, either);
                    }
                } catch (const std::runtime_error&) {
                }
                co_await gyre::sleep(1h);
            };
            auto f = spawn(work());
            // In the clean-up; and in the turn in which it ends, before and behind it.
            event_loop::current().call_later(when, [f]() mutable { f.cancel(); });
            co_await gyre::sleep(20ms);
            INFO("call " << static_cast<int>(which) << ", cancelled after " << when.count() << " ms");
            CHECK(f.cancelled());
        }
    }
}

GYRE_TEST_VIRTUAL("a cancel in the turn in which a race's last child has ended waits for the next await") {
    promise<int> p;
    int got = 0;
    auto from_promise = [&]() -> task<int> { co_return co_await p.get_future(); };
    auto work = [&]() -> task<> {
        const auto first = co_await race(from_promise());
        got = std::get<0>(first);
        co_await gyre::sleep(1h);
    };
    auto f = spawn(work());
    co_await gyre::yield();
    co_await gyre::yield();
    p.set_value(4);
    co_await gyre::yield();
    f.cancel();
    const auto end = co_await as_outcome(f);
    CHECK(end.cancelled());
    CHECK(got == 4);
}
