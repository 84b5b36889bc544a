// What run() and a closing loop do with what is left, and with Ctrl-C.
#include <sys/wait.h>
#include <unistd.h>

#include <csignal>
#include <cstdlib>
#include <stdexcept>
#include <string>
#include <vector>

#include "support/test.hpp"

using namespace gyre;
using namespace std::chrono_literals;

namespace {

task<int> number(int n) { co_return n; }

}  // namespace

TEST_CASE("an error that a left-over task ends with when the loop cancels it is reported with its name") {
    std::vector<std::string> reports;
    {
        event_loop loop(gyre::test::virtual_time_options());
        loop.set_exception_handler([&](const unhandled_error& e) { reports.push_back(e.message); });
        auto bad_end = []() -> task<> {
            try {
                co_await gyre::sleep(1h);
            } catch (const cancelled_error&) {
                throw std::runtime_error("while being cancelled");
            }
        };
        loop.spawn(bad_end(), "left over");
        auto main = []() -> task<> { co_await gyre::sleep(1ms); };
        loop.run_until_complete(main());
        CHECK(reports.empty());
        loop.close();
    }
    REQUIRE(reports.size() == 1);
    CHECK_THAT(reports[0], Catch::Contains("left over"));
}

TEST_CASE("a closing loop waits for clean-ups that wait, and cancels tasks that are spawned meanwhile") {
    bool cleaned = false;
    bool child_ran = false;
    {
        event_loop loop(gyre::test::virtual_time_options());
        auto child = [&]() -> task<> {
            child_ran = true;
            co_await gyre::sleep(1h);
        };
        auto left = [&]() -> task<> {
            try {
                co_await gyre::sleep(1h);
            } catch (const cancelled_error&) {
            }
            spawn(child());
            co_await gyre::sleep(10ms);
            cleaned = true;
        };
        loop.spawn(left());
        auto main = []() -> task<> { co_await gyre::sleep(1ms); };
        loop.run_until_complete(main());
        loop.close();
        CHECK(loop.closed());
    }
    CHECK(cleaned);
    CHECK_FALSE(child_ran);
}

TEST_CASE("a closing loop drops the callbacks that are left, and what they hold") {
    auto held = std::make_shared<int>(1);
    const std::weak_ptr<int> watch = held;
    bool called = false;
    {
        event_loop loop(gyre::test::options());
        loop.call_later(1h, [held, &called] { called = true; });
        loop.call_soon([held, &called] { called = true; });
        held.reset();
        CHECK_FALSE(watch.expired());
    }
    CHECK(watch.expired());
    CHECK_FALSE(called);
}

TEST_CASE("stopping a loop before its main task has ended is an error that names the task; the task goes on with the next run") {
    event_loop loop(gyre::test::options());
    auto slow = []() -> task<int> {
        event_loop::current().stop();
        co_await gyre::sleep(1ms);
        co_return 3;
    };
    auto f = loop.spawn(slow(), "slow one");
    std::string what;
    try {
        loop.run_until_complete(f);
    } catch (const invalid_state_error& e) {
        what = e.what();
    }
    CHECK_THAT(what, Catch::Contains("stopped") && Catch::Contains("slow one"));
    CHECK(loop.run_until_complete(f) == 3);
}

TEST_CASE("run() gives its task's error, when what it left behind has ended") {
    bool ended = false;
    struct at_end {
        explicit at_end(bool& flag) : flag_(flag) {}
        at_end(const at_end&) = delete;
        ~at_end() { flag_ = true; }
        bool& flag_;
    };
    auto left = [&]() -> task<> {
        const at_end guard(ended);
        co_await gyre::sleep(1h);
    };
    auto main = [&]() -> task<> {
        spawn(left());
        co_await gyre::yield();
        throw std::runtime_error("main failed");
    };
    std::string what;
    try {
        run(main(), gyre::test::options());
    } catch (const std::runtime_error& e) {
        what = e.what();
    }
    CHECK(what == "main failed");
    CHECK(ended);
}

TEST_CASE("run() can be called again and again, and two loops live side by side in one thread") {
    CHECK(run(number(1), gyre::test::options()) == 1);
    CHECK(run(number(2), gyre::test::options()) == 2);
    event_loop a(gyre::test::options());
    event_loop b(gyre::test::options());
    auto f = a.spawn(number(3));
    CHECK(b.run_until_complete(number(4)) == 4);
    CHECK(a.run_until_complete(f) == 3);
}

TEST_CASE("a second Ctrl-C ends a program whose main task does not heed the first") {
    const pid_t child = ::fork();
    REQUIRE(child >= 0);
    if (child == 0) {
        std::signal(SIGINT, SIG_DFL);
        auto deaf = []() -> task<> {
            std::raise(SIGINT);
            while (true) {
                try {
                    co_await gyre::sleep(10s);
                } catch (const cancelled_error&) {
                    std::raise(SIGINT);
                }
            }
        };
        run(deaf(), gyre::test::options());
        std::_Exit(3);
    }
    int status = 0;
    REQUIRE(::waitpid(child, &status, 0) == child);
    REQUIRE(WIFSIGNALED(status));
    CHECK(WTERMSIG(status) == SIGINT);
}
