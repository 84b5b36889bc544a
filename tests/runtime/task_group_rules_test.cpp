// Task groups and async context managers beyond the plain case.
#include <stdexcept>
#include <string>
#include <vector>

#include "support/test.hpp"

using namespace gyre;
using namespace std::chrono_literals;

namespace {

struct here;
using tracked = gyre::test::live_object<here>;

task<int> later(int n, std::chrono::milliseconds d) {
    const tracked guard;
    co_await gyre::sleep(d);
    co_return n;
}
task<> fails(std::string what, std::chrono::milliseconds d) {
    co_await gyre::sleep(d);
    throw std::runtime_error(what);
}
constexpr std::chrono::milliseconds hour = 1h;

template <class Fn>
std::string refusal(Fn fn) {
    try {
        fn();
    } catch (const invalid_state_error& e) {
        return e.what();
    }
    return "no error";
}

}  // namespace

GYRE_TEST_VIRTUAL("a group says why it takes no more children: not entered, shutting down, ended") {
    tracked::reset();
    task_group group;
    CHECK_THAT(refusal([&] { group.spawn(later(1, 1ms)); }), Catch::Contains("has not been entered"));
    co_await with(group, [&](task_group& g) -> task<> {
        g.cancel();
        CHECK_THAT(refusal([&] { g.spawn(later(1, 1ms)); }), Catch::Contains("shutting down"));
        co_return;
    });
    CHECK_THAT(refusal([&] { group.spawn(later(1, 1ms)); }), Catch::Contains("has ended"));
    CHECK(tracked::alive() == 0);
}

GYRE_TEST_VIRTUAL("a child that is spawned while the others are being cancelled is refused, and its coroutine destroyed unrun") {
    tracked::reset();
    bool refused = false;
    bool ran = false;
    // Out here, because the body ends before its children do.
    task_group group;
    auto late = [&]() -> task<> {
        ran = true;
        co_return;
    };
    auto spawns_late = [&]() -> task<> {
        try {
            co_await gyre::sleep(1h);
        } catch (const cancelled_error&) {
            try {
                group.spawn(late());
            } catch (const invalid_state_error&) {
                refused = true;
            }
            throw;
        }
    };
    try {
        co_await with(group, [&](task_group& g) -> task<> {
            g.spawn(spawns_late());
            g.spawn(fails("x", 1ms));
            co_await gyre::sleep(1h);
        });
    } catch (const exception_group&) {
    }
    CHECK(refused);
    CHECK_FALSE(ran);
}

GYRE_TEST_VIRTUAL("cancellations are in no group: not the children's, not one that a child throws by hand, not the body's") {
    std::size_t errors = 0;
    try {
        co_await with(task_group(), [](task_group& g) -> task<> {
            auto leaves = []() -> task<> {
                co_await gyre::yield();
                throw cancelled_error();
            };
            g.spawn(leaves());
            g.spawn(later(1, hour));
            g.spawn(fails("the only one", 5ms));
            co_await gyre::sleep(1h);
        });
    } catch (const exception_group& e) {
        errors = e.exceptions().size();
        CHECK_THAT(e.what(), Catch::Contains("the only one") && !Catch::Contains("cancelled"));
    }
    CHECK(errors == 1);
}

GYRE_TEST_VIRTUAL("an error that a child raises after group.cancel() is thrown all the same") {
    std::size_t errors = 0;
    try {
        co_await with(task_group(), [](task_group& g) -> task<> {
            auto bad_end = []() -> task<> {
                try {
                    co_await gyre::sleep(1h);
                } catch (const cancelled_error&) {
                    throw std::runtime_error("clean-up failed");
                }
            };
            g.spawn(bad_end());
            co_await gyre::yield();
            g.cancel();
            g.cancel();
        });
    } catch (const exception_group& e) {
        errors = e.for_each<std::runtime_error>([](const std::runtime_error&) {});
    }
    CHECK(errors == 1);
}

GYRE_TEST_VIRTUAL("when a child fails and a cancel comes while the others clean up, the errors are thrown and the request stays") {
    bool group_thrown = false;
    bool cancelled_later = false;
    auto work = [&]() -> task<> {
        try {
            co_await with(task_group(), [](task_group& g) -> task<> {
                auto slow = []() -> task<> {
                    try {
                        co_await gyre::sleep(1h);
                    } catch (const cancelled_error&) {
                    }
                    co_await gyre::sleep(20ms);
                };
                g.spawn(slow());
                g.spawn(fails("x", 5ms));
                co_return;
            });
        } catch (const exception_group&) {
            group_thrown = true;
        }
        try {
            co_await gyre::sleep(1h);
        } catch (const cancelled_error&) {
            cancelled_later = true;
            throw;
        }
    };
    auto f = spawn(work());
    co_await gyre::sleep(10ms);
    f.cancel();
    const auto end = co_await as_outcome(f);
    CHECK(end.cancelled());
    CHECK(group_thrown);
    CHECK(cancelled_later);
}

GYRE_TEST_VIRTUAL("a group's body may give a value, when no child fails") {
    const int sum = co_await with(task_group(), [](task_group& g) -> task<int> {
        auto a = g.spawn(later(1, 1ms));
        auto b = g.spawn(later(2, 2ms));
        const int first = co_await a;
        const int second = co_await b;
        co_return first + second;
    });
    CHECK(sum == 3);
}

GYRE_TEST_VIRTUAL("a group in a group: the inner one's failure, not caught, fails the outer one as one nested member") {
    std::size_t direct = 0;
    std::size_t leaves = 0;
    try {
        co_await with(task_group(), [](task_group& outer) -> task<> {
            auto inner = []() -> task<> {
                co_await with(task_group(), [](task_group& g) -> task<> {
                    g.spawn(fails("a", 1ms));
                    g.spawn(fails("b", 1ms));
                    co_return;
                });
            };
            outer.spawn(inner());
            co_await gyre::sleep(1h);
        });
    } catch (const exception_group& e) {
        direct = e.exceptions().size();
        leaves = e.for_each<std::runtime_error>([](const std::runtime_error&) {});
    }
    CHECK(direct == 1);
    CHECK(leaves == 2);
}

GYRE_TEST_VIRTUAL("the size of a group is the number of its children that have not ended") {
    co_await with(task_group(), [](task_group& g) -> task<> {
        CHECK(g.size() == 0);
        auto f = g.spawn(later(1, 1ms));
        g.spawn(later(2, 10ms));
        CHECK(g.size() == 2);
        co_await f;
        CHECK(g.size() == 1);
    });
}

GYRE_TEST_VIRTUAL("cancelling who waits in start() cancels the child that has not said it has started") {
    tracked::reset();
    auto work = []() -> task<> {
        co_await with(task_group(), [](task_group& g) -> task<> {
            auto never = [](task_status<>) -> task<> { co_await later(1, hour); };
            co_await g.start(never);
        });
    };
    auto f = spawn(work());
    co_await gyre::sleep(1ms);
    CHECK(tracked::alive() == 1);
    f.cancel();
    const auto end = co_await as_outcome(f);
    CHECK(end.cancelled());
    CHECK(tracked::alive() == 0);
}

GYRE_TEST_VIRTUAL("started() said twice is an error of the child") {
    std::string what;
    try {
        co_await with(task_group(), [](task_group& g) -> task<> {
            auto twice = [](task_status<int> status) -> task<> {
                status.started(1);
                co_await gyre::yield();
                status.started(2);
            };
            co_await g.start<int>(twice);
            co_await gyre::sleep(1h);
        });
    } catch (const exception_group& e) {
        what = e.what();
    }
    CHECK_THAT(what, Catch::Contains("set already"));
}

GYRE_TEST_VIRTUAL("a resource that cannot be entered is not left") {
    struct door {
        task<> enter() {
            co_await gyre::yield();
            throw std::runtime_error("locked");
        }
        task<> exit(std::exception_ptr) {
            left = true;
            co_return;
        }
        bool left = false;
    } d;
    bool ran = false;
    std::string what;
    try {
        co_await with(d, [&](door&) -> task<> {
            ran = true;
            co_return;
        });
    } catch (const std::runtime_error& e) {
        what = e.what();
    }
    CHECK(what == "locked");
    CHECK_FALSE(ran);
    CHECK_FALSE(d.left);
}

GYRE_TEST_VIRTUAL("an error of a clean-up is thrown after a good body, and gives way to the body's own") {
    struct bad {
        task<> close() {
            co_await gyre::yield();
            throw std::runtime_error("close");
        }
    };
    std::string after_good;
    try {
        co_await with(bad(), [](bad&) -> task<> { co_return; });
    } catch (const std::runtime_error& e) {
        after_good = e.what();
    }
    CHECK(after_good == "close");
    std::string after_error;
    try {
        co_await with(bad(), [](bad&) -> task<> {
            co_await gyre::yield();
            throw std::runtime_error("body");
        });
    } catch (const std::runtime_error& e) {
        after_error = e.what();
    }
    CHECK(after_error == "body");
}

GYRE_TEST_VIRTUAL("a cancel that comes while the resource is opened leaves nothing to close") {
    int closed = 0;
    struct opened {
        explicit opened(int& n) : n_(&n) {}
        task<> close() {
            ++*n_;
            co_return;
        }
        int* n_;
    };
    bool ran = false;
    auto open = [&]() -> task<opened> {
        co_await gyre::sleep(1h);
        co_return opened(closed);
    };
    auto work = [&]() -> task<> {
        co_await with(open(), [&](opened&) -> task<> {
            ran = true;
            co_return;
        });
    };
    auto f = spawn(work());
    co_await gyre::sleep(1ms);
    f.cancel();
    const auto end = co_await as_outcome(f);
    CHECK(end.cancelled());
    CHECK_FALSE(ran);
    CHECK(closed == 0);
}
