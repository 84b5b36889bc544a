// What a cancel does to a task: RUNTIMES cases 1-17 in this project's own words.
#include <csignal>
#include <memory>
#include <stdexcept>
#include <string>
#include <vector>

#include "support/test.hpp"

using namespace std::chrono_literals;

namespace {

gyre::task<> forever() { co_await gyre::sleep(1h); }

// Waits until the future has ended, whatever it ends with.
template <class T>
gyre::task<> ended(gyre::future<T> f) {
    std::vector<gyre::future<T>> one(1, f);
    co_await gyre::wait(std::move(one));
}

}  // namespace

GYRE_TEST("a task cancelled before its first step never runs its body") {
    bool ran = false;
    auto body = [&]() -> gyre::task<> {
        ran = true;
        co_return;
    };
    auto f = gyre::spawn(body());
    CHECK(f.cancel());
    co_await ended(f);
    CHECK(f.cancelled());
    CHECK_FALSE(ran);
}

GYRE_TEST("a cancel is thrown out of the current await as a cancelled_error, which std::exception does not catch") {
    std::string seen;
    auto body = [&]() -> gyre::task<> {
        try {
            co_await gyre::sleep(1h);
        } catch (const std::exception&) {
            seen = "std::exception";
        } catch (const gyre::cancelled_error&) {
            seen = "cancelled_error";
            throw;
        }
    };
    auto f = gyre::spawn(body());
    co_await gyre::yield();
    f.cancel();
    co_await ended(f);
    CHECK(seen == "cancelled_error");
    CHECK(f.cancelled());
    CHECK_THROWS_AS(f.result(), gyre::cancelled_error);
    CHECK_FALSE(f.cancel());
}

GYRE_TEST("a task that catches a cancel goes on, and its next await is undisturbed") {
    auto body = []() -> gyre::task<int> {
        try {
            co_await gyre::sleep(1h);
        } catch (const gyre::cancelled_error&) {
        }
        co_await gyre::sleep(1ms);
        co_return 5;
    };
    auto f = gyre::spawn(body());
    co_await gyre::yield();
    f.cancel();
    const int value = co_await f;
    CHECK(value == 5);
    CHECK_FALSE(f.cancelled());
    CHECK(f.cancelling() == 1);
}

GYRE_TEST("two requests before delivery are counted, and thrown once") {
    int thrown = 0;
    auto body = [&]() -> gyre::task<> {
        for (int i = 0; i < 2; ++i) {
            try {
                co_await gyre::sleep(1ms);
            } catch (const gyre::cancelled_error&) {
                ++thrown;
            }
        }
    };
    auto f = gyre::spawn(body());
    co_await gyre::yield();
    CHECK(f.cancel());
    CHECK(f.cancel());
    CHECK(f.cancelling() == 2);
    co_await f;
    CHECK(thrown == 1);
}

GYRE_TEST("a task that cancels itself and returns without another await ends cancelled, its value dropped") {
    auto body = []() -> gyre::task<int> {
        gyre::current_task().cancel();
        co_return 1;
    };
    auto f = gyre::spawn(body());
    co_await ended(f);
    CHECK(f.cancelled());
}

GYRE_TEST("uncancel takes a request back that was not delivered yet") {
    auto body = []() -> gyre::task<int> {
        auto self = gyre::current_task();
        self.cancel();
        CHECK(self.cancelling() == 1);
        CHECK(self.uncancel() == 0);
        co_await gyre::sleep(1ms);
        co_return 1;
    };
    const int value = co_await gyre::spawn(body());
    CHECK(value == 1);
}

GYRE_TEST("a request that comes when the awaited thing is done already lets the result through and waits for the next await") {
    for (const bool cancel_first : {false, true}) {
        gyre::promise<int> p;
        int got = 0;
        bool thrown_later = false;
        auto body = [&]() -> gyre::task<> {
            auto f = p.get_future();
            got = co_await gyre::shield(f);
            try {
                co_await gyre::sleep(1h);
            } catch (const gyre::cancelled_error&) {
                thrown_later = true;
                throw;
            }
        };
        auto f = gyre::spawn(body());
        co_await gyre::yield();
        if (cancel_first) f.cancel();
        p.set_value(7);
        if (!cancel_first) f.cancel();
        co_await ended(f);
        CHECK(f.cancelled());
        CHECK(got == (cancel_first ? 0 : 7));
        CHECK(thrown_later == !cancel_first);
    }
}

GYRE_TEST("cancelling a task cancels the future it awaits, also when others await it") {
    auto inner = gyre::spawn(forever());
    auto wait_inner = [](gyre::future<> f) -> gyre::task<> { co_await f; };
    auto a = gyre::spawn(wait_inner(inner));
    auto b = gyre::spawn(wait_inner(inner));
    co_await gyre::yield();
    a.cancel();
    co_await ended(a);
    co_await ended(b);
    CHECK(inner.cancelled());
    CHECK(a.cancelled());
    CHECK(b.cancelled());
    CHECK(b.cancelling() == 0);
}

GYRE_TEST("cancelling both a task and the future it awaits in one tick throws once") {
    int thrown = 0;
    auto inner = gyre::spawn(forever());
    auto body = [&](gyre::future<> f) -> gyre::task<> {
        for (int i = 0; i < 2; ++i) {
            try {
                if (i == 0)
                    co_await f;
                else
                    co_await gyre::sleep(1ms);
            } catch (const gyre::cancelled_error&) {
                ++thrown;
            }
        }
    };
    auto outer = gyre::spawn(body(inner));
    co_await gyre::yield();
    co_await gyre::yield();
    outer.cancel();
    inner.cancel();
    co_await outer;
    CHECK(thrown == 1);
}

GYRE_TEST("when the awaited task swallows the cancel, the awaiting one gets its value and the request is used up") {
    auto stubborn = []() -> gyre::task<int> {
        try {
            co_await gyre::sleep(1h);
        } catch (const gyre::cancelled_error&) {
        }
        co_return 3;
    };
    int got = 0;
    auto outer_body = [&](gyre::future<int> f) -> gyre::task<> {
        got = co_await f;
        co_await gyre::sleep(1ms);
    };
    auto inner = gyre::spawn(stubborn());
    auto outer = gyre::spawn(outer_body(inner));
    co_await gyre::yield();
    co_await gyre::yield();
    outer.cancel();
    co_await outer;
    CHECK(got == 3);
    CHECK_FALSE(outer.cancelled());
}

GYRE_TEST("a cancel raised as another error ends the task with that error") {
    auto body = []() -> gyre::task<> {
        try {
            co_await gyre::sleep(1h);
        } catch (const gyre::cancelled_error&) {
            throw std::runtime_error("clean-up failed");
        }
    };
    auto f = gyre::spawn(body());
    co_await gyre::yield();
    f.cancel();
    bool failed = false;
    try {
        co_await f;
    } catch (const std::runtime_error&) {
        failed = true;
    }
    CHECK(failed);
    CHECK(f.state() == gyre::future_state::done);
}

GYRE_TEST("a class derived from cancelled_error is a cancel too") {
    struct shut_down : gyre::cancelled_error {};
    auto throws = []() -> gyre::task<> {
        throw shut_down();
        co_return;
    };
    auto f = gyre::spawn(throws());
    const auto end = co_await gyre::as_outcome(f);
    CHECK(end.cancelled());
    CHECK(f.cancelled());
    co_await gyre::with(gyre::task_group(), [&](gyre::task_group& g) -> gyre::task<> {
        g.spawn(throws());
        co_return;
    });
}

GYRE_TEST_VIRTUAL("100,000 sleeping tasks are cancelled and joined") {
    std::vector<gyre::future<>> all;
    for (int i = 0; i < 100'000; ++i) all.push_back(gyre::spawn(forever()));
    co_await gyre::yield();
    for (auto& f : all) f.cancel();
    const auto result = co_await gyre::wait(all);
    CHECK(result.done.size() == all.size());
    CHECK(all.back().cancelled());
}

TEST_CASE("run() cancels and awaits what is left, and reports what it fails with") {
    bool cleaned = false;
    auto left_over = [&]() -> gyre::task<> {
        try {
            co_await gyre::sleep(1h);
        } catch (const gyre::cancelled_error&) {
            cleaned = true;
            throw;
        }
    };
    auto main = [&]() -> gyre::task<int> {
        gyre::spawn(left_over());
        co_await gyre::yield();
        co_return 4;
    };
    CHECK(gyre::run(main(), gyre::test::options()) == 4);
    CHECK(cleaned);
}

TEST_CASE("Ctrl-C cancels run()'s task") {
    bool cleaned = false;
    const auto catch2s = std::signal(SIGINT, SIG_DFL);
    auto main = [&]() -> gyre::task<> {
        std::raise(SIGINT);
        try {
            co_await gyre::sleep(1h);
        } catch (const gyre::cancelled_error&) {
            cleaned = true;
            throw;
        }
    };
    CHECK_THROWS_AS(gyre::run(main(), gyre::test::options()), gyre::cancelled_error);
    std::signal(SIGINT, catch2s);
    CHECK(cleaned);
}
