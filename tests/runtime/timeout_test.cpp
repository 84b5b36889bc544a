// wait_for and the timeout scope: RUNTIMES cases 21-35 in this project's own words.
#include <stdexcept>
#include <string>
#include <vector>

#include "support/cancel_ends.hpp"
#include "support/later.hpp"
#include "support/test.hpp"

using namespace std::chrono_literals;
using gyre::test::later;

namespace {

gyre::task<> slow_cleanup(bool& cleaned) {
    try {
        co_await gyre::sleep(1h);
    } catch (const gyre::cancelled_error&) {
    }
    co_await gyre::sleep(10ms);
    cleaned = true;
    throw gyre::cancelled_error();
}

}  // namespace

GYRE_TEST_VIRTUAL("wait_for gives what comes in time") {
    const int value = co_await gyre::wait_for(later(3, 10ms), 1s);
    CHECK(value == 3);
}

GYRE_TEST_VIRTUAL("wait_for cancels at its limit, awaits the clean-up, then throws timeout_error") {
    bool cleaned = false;
    std::string what;
    const auto begin = gyre::event_loop::current().time();
    try {
        co_await gyre::wait_for(slow_cleanup(cleaned), 50ms);
    } catch (const gyre::timeout_error& e) {
        what = e.what();
    }
    CHECK(cleaned);
    CHECK(what.find("50 ms") != std::string::npos);
    CHECK(gyre::event_loop::current().time() - begin == 60ms);
}

GYRE_TEST_VIRTUAL("wait_for of a done future gives its result even with no time left") {
    auto done = gyre::spawn(later(4, 0ms));
    co_await done;
    const int value = co_await gyre::wait_for(done, 0ms);
    CHECK(value == 4);
}

GYRE_TEST_VIRTUAL("wait_for with no time left does not start a task") {
    bool ran = false;
    auto body = [&]() -> gyre::task<> {
        ran = true;
        co_return;
    };
    for (const auto limit : {0s, -1s}) {
        bool timed_out = false;
        try {
            co_await gyre::wait_for(body(), limit);
        } catch (const gyre::timeout_error&) {
            timed_out = true;
        }
        CHECK(timed_out);
    }
    CHECK_FALSE(ran);
}

GYRE_TEST_VIRTUAL("wait_for cancels a future at its limit") {
    auto f = gyre::spawn(later(1, 1h));
    bool timed_out = false;
    try {
        co_await gyre::wait_for(f, 10ms);
    } catch (const gyre::timeout_error&) {
        timed_out = true;
    }
    CHECK(timed_out);
    CHECK(f.cancelled());
}

GYRE_TEST_VIRTUAL("wait_for gives an error or a value that the awaited thing still ends with") {
    auto raises = []() -> gyre::task<int> {
        try {
            co_await gyre::sleep(1h);
        } catch (const gyre::cancelled_error&) {
            throw std::runtime_error("during cancel");
        }
        co_return 0;
    };
    std::string what;
    try {
        co_await gyre::wait_for(raises(), 1ms);
    } catch (const std::runtime_error& e) {
        what = e.what();
    }
    CHECK(what == "during cancel");
    auto goes_on = []() -> gyre::task<int> {
        try {
            co_await gyre::sleep(1h);
        } catch (const gyre::cancelled_error&) {
        }
        co_return 8;
    };
    const int value = co_await gyre::wait_for(goes_on(), 1ms);
    CHECK(value == 8);
}

GYRE_TEST_VIRTUAL("wait_for takes floating-point durations and any awaitable") {
    co_await gyre::wait_for(gyre::sleep(0.001s), 1.5s);
    bool timed_out = false;
    try {
        co_await gyre::wait_for(gyre::sleep(1h), 0.0005s);
    } catch (const gyre::timeout_error&) {
        timed_out = true;
    }
    CHECK(timed_out);
}

GYRE_TEST_VIRTUAL("a timeout scope cancels its body at its limit and throws timeout_error") {
    bool timed_out = false;
    try {
        co_await gyre::with(gyre::timeout(5ms), [&](gyre::timeout_scope&) -> gyre::task<> { co_await gyre::sleep(1h); });
    } catch (const gyre::timeout_error&) {
        timed_out = true;
    }
    CHECK(timed_out);
    const int kept = co_await gyre::with(gyre::timeout(5ms), [&](gyre::timeout_scope&) -> gyre::task<int> { co_return 6; });
    CHECK(kept == 6);
}

GYRE_TEST_VIRTUAL("a timeout of zero is no error for a body that does not wait, and one for a body that does") {
    co_await gyre::with(gyre::timeout(0ms), [&](gyre::timeout_scope&) -> gyre::task<> { co_return; });
    bool timed_out = false;
    try {
        co_await gyre::with(gyre::timeout(0ms), [&](gyre::timeout_scope&) -> gyre::task<> {
            co_await gyre::sleep(0s);
            co_await gyre::sleep(0s);
        });
    } catch (const gyre::timeout_error&) {
        timed_out = true;
    }
    CHECK(timed_out);
}

GYRE_TEST_VIRTUAL("a timeout's deadline can be moved while its body runs, and not after it has expired") {
    const auto begin = gyre::event_loop::current().time();
    gyre::timeout_scope scope(begin + 10ms);
    bool timed_out = false;
    try {
        co_await gyre::with(scope, [&](gyre::timeout_scope& t) -> gyre::task<> {
            co_await gyre::sleep(5ms);
            t.reschedule(*t.when() + 20ms);
            co_await gyre::sleep(1h);
        });
    } catch (const gyre::timeout_error&) {
        timed_out = true;
    }
    CHECK(timed_out);
    CHECK(gyre::event_loop::current().time() - begin == 30ms);
    CHECK(scope.expired());
    CHECK_THROWS_AS(scope.reschedule(std::nullopt), gyre::invalid_state_error);
}

GYRE_TEST_VIRTUAL("a cancel from outside an unexpired timeout is a cancel, not a timeout") {
    gyre::timeout_scope scope(std::nullopt);
    auto body = [&]() -> gyre::task<> {
        co_await gyre::with(scope, [&](gyre::timeout_scope& t) -> gyre::task<> {
            t.reschedule(gyre::event_loop::current().time() + 1h);
            co_await gyre::sleep(2h);
        });
    };
    const bool cancelled = co_await gyre::test::cancel_ends(body());
    CHECK(cancelled);
    CHECK_FALSE(scope.expired());
}

GYRE_TEST_VIRTUAL("when limit and outer cancel fall into one turn, the cancel wins") {
    auto body = []() -> gyre::task<> {
        co_await gyre::with(gyre::timeout(5ms), [](gyre::timeout_scope&) -> gyre::task<> { co_await gyre::sleep(1h); });
    };
    auto f = gyre::spawn(body());
    gyre::event_loop::current().call_later(5ms, [f]() mutable { f.cancel(); });
    co_await gyre::sleep(10ms);
    CHECK(f.cancelled());
}

GYRE_TEST_VIRTUAL("nested timeouts: the outer one's expiry passes through the inner one as a cancel") {
    bool inner = false;
    bool outer = false;
    try {
        co_await gyre::with(gyre::timeout(5ms), [&](gyre::timeout_scope&) -> gyre::task<> {
            try {
                co_await gyre::with(gyre::timeout(1h), [&](gyre::timeout_scope&) -> gyre::task<> { co_await gyre::sleep(2h); });
            } catch (const gyre::timeout_error&) {
                inner = true;
            }
        });
    } catch (const gyre::timeout_error&) {
        outer = true;
    }
    CHECK_FALSE(inner);
    CHECK(outer);
}

GYRE_TEST_VIRTUAL("shield: a cancel of who awaits leaves the inner task running") {
    auto inner = gyre::spawn(later(5, 10ms));
    auto outer_body = [&]() -> gyre::task<int> { co_return co_await gyre::shield(inner); };
    const bool cancelled = co_await gyre::test::cancel_ends(outer_body());
    CHECK(cancelled);
    CHECK_FALSE(inner.done());
    const int value = co_await inner;
    CHECK(value == 5);
}

GYRE_TEST_VIRTUAL("shield: a cancel of the inner task reaches who awaits") {
    auto inner = gyre::spawn(later(5, 10ms));
    auto outer_body = [&]() -> gyre::task<int> { co_return co_await gyre::shield(inner); };
    auto outer = gyre::spawn(outer_body());
    co_await gyre::sleep(1ms);
    inner.cancel();
    co_await gyre::sleep(1ms);
    CHECK(outer.cancelled());
}

GYRE_TEST_VIRTUAL("as_outcome holds what the awaited thing ended with, and lets a cancel of who awaits through") {
    auto good = co_await gyre::as_outcome(later(3, 1ms));
    CHECK(good.value() == 3);
    auto cancelled_inner = gyre::spawn(later(1, 1h));
    cancelled_inner.cancel();
    const auto other = co_await gyre::as_outcome(cancelled_inner);
    CHECK(other.cancelled());
    bool reached_end = false;
    auto body = [&]() -> gyre::task<> {
        co_await gyre::as_outcome(later(1, 1h));
        reached_end = true;
    };
    const bool cancelled = co_await gyre::test::cancel_ends(body());
    CHECK(cancelled);
    CHECK_FALSE(reached_end);
}
