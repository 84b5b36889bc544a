// Task groups: RUNTIMES cases 39-49 in this project's own words.
#include <stdexcept>
#include <string>
#include <vector>

#include "support/cancel_ends.hpp"
#include "support/later.hpp"
#include "support/test.hpp"

using namespace std::chrono_literals;
using gyre::test::later;

namespace {

gyre::task<> fail(std::string what, std::chrono::milliseconds d) {
    co_await gyre::sleep(d);
    throw std::runtime_error(what);
}
gyre::task<> fail_when_cancelled(std::string what) {
    try {
        co_await gyre::sleep(1h);
    } catch (const gyre::cancelled_error&) {
        throw std::runtime_error(what);
    }
}

}  // namespace

GYRE_TEST_VIRTUAL("a group waits for its children, and for children of children") {
    gyre::future<int> first;
    int grandchild = 0;
    co_await gyre::with(gyre::task_group(), [&](gyre::task_group& g) -> gyre::task<> {
        first = g.spawn(later(1, 20ms));
        auto parent = [&]() -> gyre::task<> {
            co_await gyre::sleep(5ms);
            auto child = [&]() -> gyre::task<> {
                co_await gyre::sleep(50ms);
                grandchild = 1;
            };
            g.spawn(child);
        };
        g.spawn(parent);
        CHECK(g.size() == 2);
        co_return;
    });
    CHECK(first.result() == 1);
    CHECK(grandchild == 1);
}

GYRE_TEST_VIRTUAL("the first failure cancels the rest; every error is in the group, with its task's name") {
    std::string what;
    std::size_t count = 0;
    try {
        co_await gyre::with(gyre::task_group(), [&](gyre::task_group& g) -> gyre::task<> {
            g.spawn(fail("first", 1ms), "loader");
            g.spawn(fail_when_cancelled("second"), "saver");
            g.spawn(later(1, 1000ms));
            co_await gyre::sleep(1h);
        });
    } catch (const gyre::exception_group& group) {
        what = group.what();
        count = group.exceptions().size();
    }
    CHECK(count == 2);
    CHECK(what.find("loader: first") != std::string::npos);
    CHECK(what.find("saver: second") != std::string::npos);
    CHECK(what.find("cancel") == std::string::npos);
}

GYRE_TEST_VIRTUAL("an error of the body cancels the children and is in the group") {
    gyre::future<int> child;
    std::size_t count = 0;
    try {
        co_await gyre::with(gyre::task_group(), [&](gyre::task_group& g) -> gyre::task<> {
            child = g.spawn(later(1, 1000ms));
            co_await gyre::yield();
            throw std::logic_error("body");
        });
    } catch (const gyre::exception_group& group) {
        count = group.for_each<std::logic_error>([](const std::logic_error&) {});
    }
    CHECK(count == 1);
    CHECK(child.cancelled());
}

GYRE_TEST_VIRTUAL("a cancel from outside cancels body and children and comes out as a cancel, not as a group") {
    gyre::future<int> child;
    auto body = [&]() -> gyre::task<> {
        co_await gyre::with(gyre::task_group(), [&](gyre::task_group& g) -> gyre::task<> {
            child = g.spawn(later(1, 1000ms));
            co_return;
        });
    };
    const bool cancelled = co_await gyre::test::cancel_ends(body(), 5ms, 5ms);
    CHECK(cancelled);
    CHECK(child.cancelled());
}

GYRE_TEST_VIRTUAL("a child that is cancelled by itself is no error and cancels nobody") {
    gyre::future<int> other;
    co_await gyre::with(gyre::task_group(), [&](gyre::task_group& g) -> gyre::task<> {
        auto child = g.spawn(later(1, 1000ms));
        other = g.spawn(later(2, 20ms));
        co_await gyre::sleep(5ms);
        child.cancel();
    });
    CHECK(other.result() == 2);
}

GYRE_TEST_VIRTUAL("group.cancel() ends the with normally") {
    gyre::future<int> child;
    bool reached = false;
    co_await gyre::with(gyre::task_group(), [&](gyre::task_group& g) -> gyre::task<> {
        child = g.spawn(later(1, 1000ms));
        co_await gyre::yield();
        g.cancel();
        co_await gyre::sleep(1h);
        reached = true;
    });
    CHECK(child.cancelled());
    CHECK_FALSE(reached);
}

GYRE_TEST_VIRTUAL("nested groups that both fail: the inner error is caught inside, the outer one still aborts") {
    int inside = -1;
    int after = -1;
    bool inner_caught = false;
    bool outer_caught = false;
    try {
        co_await gyre::with(gyre::task_group(), [&](gyre::task_group& outer) -> gyre::task<> {
            outer.spawn(fail("outer", 5ms));
            try {
                co_await gyre::with(gyre::task_group(), [&](gyre::task_group& inner) -> gyre::task<> {
                    inner.spawn(fail_when_cancelled("inner"));
                    co_await gyre::sleep(1h);
                });
            } catch (const gyre::exception_group&) {
                inner_caught = true;
                inside = gyre::current_task().cancelling();
            }
            co_await gyre::sleep(1h);
        });
    } catch (const gyre::exception_group&) {
        outer_caught = true;
        after = gyre::current_task().cancelling();
    }
    CHECK(inner_caught);
    CHECK(outer_caught);
    CHECK(inside == 1);
    CHECK(after == 0);
}

GYRE_TEST_VIRTUAL("spawning into a group that is not open is refused, and the coroutine never runs") {
    bool ran = false;
    auto child = [&]() -> gyre::task<> {
        ran = true;
        co_return;
    };
    gyre::task_group group;
    CHECK_THROWS_AS(group.spawn(child()), gyre::invalid_state_error);
    co_await gyre::with(group, [&](gyre::task_group& g) -> gyre::task<> {
        g.cancel();
        CHECK_THROWS_AS(g.spawn(child()), gyre::invalid_state_error);
        co_return;
    });
    CHECK_THROWS_AS(group.spawn(child()), gyre::invalid_state_error);
    CHECK_FALSE(ran);
}

GYRE_TEST_VIRTUAL("start waits until the child says it has started") {
    int port = 0;
    co_await gyre::with(gyre::task_group(), [&](gyre::task_group& g) -> gyre::task<> {
        auto server = [](gyre::task_status<int> status) -> gyre::task<> {
            co_await gyre::sleep(5ms);
            status.started(8080);
            co_await gyre::sleep(1h);
        };
        port = co_await g.start<int>(server);
        g.cancel();
    });
    CHECK(port == 8080);
}

GYRE_TEST_VIRTUAL("start throws what the child fails with, and an error when it ends without a word") {
    std::string what;
    bool silent = false;
    try {
        co_await gyre::with(gyre::task_group(), [&](gyre::task_group& g) -> gyre::task<> {
            auto quiet = [](gyre::task_status<>) -> gyre::task<> { co_return; };
            try {
                co_await g.start(quiet);
            } catch (const gyre::invalid_state_error&) {
                silent = true;
            }
            auto failing = [](gyre::task_status<>) -> gyre::task<> { return fail("before start", 1ms); };
            co_await g.start(failing);
        });
    } catch (const gyre::exception_group& group) {
        what = group.what();
    }
    CHECK(silent);
    CHECK(what.find("before start") != std::string::npos);
}

TEST_CASE("an exception_group splits by type, with its nesting kept", "[exception_group]") {
    auto error = [](auto e) { return std::make_exception_ptr(e); };
    std::vector<std::exception_ptr> inner{error(std::runtime_error("r1")), error(std::logic_error("l1"))};
    std::vector<std::exception_ptr> all{error(gyre::exception_group("inner", inner)), error(std::runtime_error("r2"))};
    const gyre::exception_group group("outer", all);
    const auto [matching, rest] = group.split<std::runtime_error>();
    REQUIRE(matching.has_value());
    REQUIRE(rest.has_value());
    CHECK(matching->for_each<std::exception>([](const std::exception&) {}) == 2);
    CHECK(matching->exceptions().size() == 2);
    CHECK(rest->for_each<std::logic_error>([](const std::logic_error&) {}) == 1);
    CHECK_FALSE(group.split<std::bad_alloc>().first.has_value());
}

GYRE_TEST_VIRTUAL("a group asks each child once: a second failure does not break into a clean-up") {
    bool cleaned_up = false;
    auto careful = [&]() -> gyre::task<> {
        bool cancelled = false;
        try {
            co_await gyre::sleep(1h);
        } catch (const gyre::cancelled_error&) {
            cancelled = true;
        }
        if (!cancelled) co_return;
        co_await gyre::sleep(50ms);
        cleaned_up = true;
    };
    std::size_t errors = 0;
    try {
        co_await gyre::with(gyre::task_group(), [&](gyre::task_group& g) -> gyre::task<> {
            g.spawn(careful);
            g.spawn(fail("first", 10ms));
            g.spawn(fail_when_cancelled("second"));
            co_await gyre::sleep(1h);
        });
    } catch (const gyre::exception_group& group) {
        errors = group.exceptions().size();
    }
    CHECK(errors == 2);
    CHECK(cleaned_up);
}

GYRE_TEST_VIRTUAL("a failure stops a child that had caught a cancel of its own handle and gone on") {
    int cancels = 0;
    auto stubborn = [&]() -> gyre::task<> {
        try {
            co_await gyre::sleep(1h);
        } catch (const gyre::cancelled_error&) {
            ++cancels;
        }
        try {
            co_await gyre::sleep(1h);
        } catch (const gyre::cancelled_error&) {
            ++cancels;
            throw;
        }
    };
    const auto before = gyre::event_loop::current().time();
    bool failed = false;
    try {
        co_await gyre::with(gyre::task_group(), [&](gyre::task_group& g) -> gyre::task<> {
            gyre::future<> child = g.spawn(stubborn);
            g.spawn(fail("other", 10ms));
            co_await gyre::yield();
            child.cancel();
            co_await gyre::sleep(1h);
        });
    } catch (const gyre::exception_group&) {
        failed = true;
    }
    CHECK(failed);
    CHECK(cancels == 2);
    CHECK(gyre::event_loop::current().time() - before < 1s);
}
