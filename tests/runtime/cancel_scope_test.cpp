#include <functional>
#include <optional>
#include <vector>

#include "support/cancel_ends.hpp"
#include "support/test.hpp"

using namespace std::chrono_literals;

GYRE_TEST_VIRTUAL("a cancelled scope throws at every await inside it, and its with ends normally") {
    int thrown = 0;
    gyre::cancel_scope scope;
    const std::optional<int> result = co_await gyre::with(scope, [&](gyre::cancel_scope& s) -> gyre::task<int> {
        s.cancel();
        for (int i = 0; i < 3; ++i) {
            try {
                co_await gyre::sleep(1ms);
            } catch (const gyre::cancelled_error&) {
                ++thrown;
            }
        }
        co_await gyre::yield();
        co_return 1;
    });
    CHECK(thrown == 3);
    CHECK_FALSE(result.has_value());
    CHECK(scope.cancel_called());
    CHECK(scope.cancelled_caught());
}

GYRE_TEST_VIRTUAL("a scope that is cancelled and awaits nothing more keeps its value") {
    gyre::cancel_scope scope;
    const std::optional<int> result = co_await gyre::with(scope, [&](gyre::cancel_scope& s) -> gyre::task<int> {
        s.cancel();
        co_return 4;
    });
    CHECK(result == 4);
    CHECK_FALSE(scope.cancelled_caught());
}

GYRE_TEST_VIRTUAL("a deadline in the past, set before the scope is entered, cancels at the first await") {
    gyre::cancel_scope scope;
    scope.set_deadline(gyre::event_loop::current().time() - 1s);
    bool began = false;
    co_await gyre::with(scope, [&](gyre::cancel_scope&) -> gyre::task<> {
        began = true;
        co_await gyre::sleep(1h);
    });
    CHECK(began);
    CHECK(scope.cancelled_caught());
}

GYRE_TEST_VIRTUAL("a scope is shielded from outside while its shield is up") {
    bool finished = false;
    auto body = [&]() -> gyre::task<> {
        gyre::cancel_scope scope;
        scope.set_shield(true);
        co_await gyre::with(scope, [&](gyre::cancel_scope&) -> gyre::task<> {
            co_await gyre::sleep(10ms);
            finished = true;
        });
        co_await gyre::sleep(1h);
    };
    auto f = gyre::spawn(body());
    co_await gyre::sleep(1ms);
    f.cancel();
    co_await gyre::sleep(20ms);
    CHECK(finished);
    CHECK(f.cancelled());
}

GYRE_TEST_VIRTUAL("a cancel from outside passes through a scope that was not cancelled itself") {
    gyre::cancel_scope scope;
    auto body = [&]() -> gyre::task<> {
        co_await gyre::with(scope, [](gyre::cancel_scope&) -> gyre::task<> { co_await gyre::sleep(1h); });
    };
    const bool cancelled = co_await gyre::test::cancel_ends(body());
    CHECK(cancelled);
    CHECK_FALSE(scope.cancelled_caught());
}

GYRE_TEST_VIRTUAL("a cancelled scope reaches the children of structured calls inside it") {
    int cleaned = 0;
    auto child = [&]() -> gyre::task<> {
        for (int i = 0; i < 2; ++i) {
            try {
                co_await gyre::sleep(1h);
            } catch (const gyre::cancelled_error&) {
                ++cleaned;
            }
        }
    };
    gyre::cancel_scope scope;
    scope.set_deadline(gyre::event_loop::current().time() + 5ms);
    co_await gyre::with(scope, [&](gyre::cancel_scope&) -> gyre::task<> { co_await gyre::gather(child(), child()); });
    CHECK(cleaned == 4);
}

GYRE_TEST("in a cancelled scope every await throws, also one that has nothing to wait for") {
    auto number = []() -> gyre::task<int> { co_return 1; };
    const auto done = gyre::spawn(number());
    co_await done;
    const std::vector<gyre::future<int>> futures(1, done);
    const std::vector<gyre::future<int>> none;
    int met = 0;
    auto meets = [&](std::function<gyre::task<>()> await) -> gyre::task<> {
        try {
            co_await await();
        } catch (const gyre::cancelled_error&) {
            ++met;
        }
    };
    auto future = [&]() -> gyre::task<> { co_await done; };
    auto gathers = [&]() -> gyre::task<> { co_await gyre::gather(done, done); };
    auto gathers_list = [&]() -> gyre::task<> { co_await gyre::gather(futures); };
    auto gathers_nothing = [&]() -> gyre::task<> { co_await gyre::gather(none); };
    auto outcomes = [&]() -> gyre::task<> { co_await gyre::gather_outcomes(futures); };
    auto waits = [&]() -> gyre::task<> { co_await gyre::wait(futures); };
    auto shields = [&]() -> gyre::task<> { co_await gyre::shield(done); };
    co_await gyre::with(gyre::cancel_scope(), [&](gyre::cancel_scope& scope) -> gyre::task<> {
        scope.cancel();
        co_await meets(future);
        co_await meets(gathers);
        co_await meets(gathers_list);
        co_await meets(gathers_nothing);
        co_await meets(outcomes);
        co_await meets(waits);
        co_await meets(shields);
    });
    CHECK(met == 7);
}

GYRE_TEST("a scope is entered once") {
    gyre::cancel_scope scope;
    co_await gyre::with(scope, [](gyre::cancel_scope&) -> gyre::task<> { co_return; });
    bool refused = false;
    try {
        co_await gyre::with(scope, [](gyre::cancel_scope&) -> gyre::task<> { co_return; });
    } catch (const gyre::invalid_state_error&) {
        refused = true;
    }
    CHECK(refused);
}
