// Where an error came from: the stack of awaits that it left, in the report of an error that nobody retrieved and in await_stack().
#include <fcntl.h>
#include <signal.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include <stdexcept>
#include <string>
#include <vector>

#include "support/test.hpp"

using Catch::Contains;
using gyre::task;
using namespace std::chrono_literals;

namespace {

struct here;
using tracked = gyre::test::live_object<here>;

class tracked_error : public std::runtime_error {
public:
    tracked_error() : runtime_error("tracked") {}
    tracked counted;
};

// clang-format off
constexpr int inner_line = __LINE__; task<int> inner() { co_await gyre::yield(); throw std::runtime_error("inner failed"); }
constexpr int middle_line = __LINE__; task<int> middle() { const int n = co_await inner(); co_return n; }
constexpr int outer_line = __LINE__; task<> outer() { co_await middle(); }
constexpr int gathers_line = __LINE__; task<> gathers() { co_await gyre::gather(outer(), gyre::task<>(outer())); }
constexpr int joins_line = __LINE__; task<> joins() { auto child = gyre::spawn(outer(), "child"); co_await child; }
constexpr int at_once_line = __LINE__; task<> at_once() { throw std::runtime_error("at once"); co_return; }
constexpr int count_line = __LINE__; gyre::async_generator<int> count() { co_yield 1; throw std::runtime_error("no more"); }
constexpr int drains_line = __LINE__; task<> drains() { auto numbers = count(); while (true) { const auto n = co_await numbers.next(); if (!n) break; } }
// clang-format on

std::string at(int line) { return " at error_stack_test.cpp:" + std::to_string(line); }

// "inner():12 outer():13", innermost last.
std::string stack_of(const gyre::any_future& task) {
    std::string text;
    for (const gyre::debug::await_frame& frame : gyre::debug::await_stack(task)) {
        const std::size_t name = frame.function.rfind("::");
        if (!text.empty()) text += ' ';
        text += frame.function.substr(name == std::string::npos ? 0 : name + 2) + ":" + std::to_string(frame.where.line());
    }
    return text;
}
std::string frame(const char* function, int line) { return std::string(function) + "():" + std::to_string(line); }
const std::string outer_stack = frame("outer", outer_line) + " " + frame("middle", middle_line) + " " + frame("inner", inner_line);

task<> ended(gyre::any_future f) {
    while (!f.done()) co_await gyre::yield();
}

}  // namespace

TEST_CASE("the report of an error that nobody retrieved has its async stack", "[debug]") {
    std::string message;
    gyre::event_loop loop(gyre::test::options());
    loop.set_exception_handler([&](const gyre::unhandled_error& e) { message = e.message; });
    auto main = []() -> task<> {
        auto forgotten = gyre::spawn(outer(), "forgotten");
        co_await ended(forgotten);
    };
    loop.run_until_complete(main());
    CHECK_THAT(message, Contains("the error of 'forgotten' was never retrieved [async stack: "));
    CHECK_THAT(message, Contains("outer()" + at(outer_line) + " > "));
    CHECK_THAT(message, Contains("middle()" + at(middle_line) + " > "));
    CHECK_THAT(message, Contains("inner()" + at(inner_line) + "]"));
}

GYRE_TEST("await_stack of a task that failed is the stack its error left", "[debug]") {
    auto f = gyre::spawn(outer());
    co_await ended(f);
    CHECK(stack_of(f) == outer_stack);
    CHECK(f.exception() != nullptr);
    auto g = gyre::spawn(at_once());
    co_await ended(g);
    CHECK(stack_of(g) == frame("at_once", at_once_line));
    CHECK(g.exception() != nullptr);
}

GYRE_TEST("the stack goes on into the tasks that a gather or a future brought the error from", "[debug]") {
    auto f = gyre::spawn(gathers());
    co_await ended(f);
    CHECK(stack_of(f) == frame("gathers", gathers_line) + " " + outer_stack);
    CHECK(f.exception() != nullptr);
    auto g = gyre::spawn(joins());
    co_await ended(g);
    CHECK(stack_of(g) == frame("joins", joins_line) + " " + outer_stack);
    CHECK(g.exception() != nullptr);
}

GYRE_TEST("an error that a generator throws has the generator in its stack", "[debug]") {
    auto f = gyre::spawn(drains());
    co_await ended(f);
    CHECK(stack_of(f) == frame("drains", drains_line) + " " + frame("count", count_line));
    CHECK(f.exception() != nullptr);
}

GYRE_TEST("an error that is caught, and thrown on after more awaits, keeps its stack", "[debug]") {
    auto cleans_up = []() -> task<> {
        std::exception_ptr error;
        try {
            co_await outer();
        } catch (...) {
            error = std::current_exception();
        }
        co_await gyre::yield();
        std::rethrow_exception(error);
    };
    auto f = gyre::spawn(cleans_up());
    co_await ended(f);
    CHECK_THAT(stack_of(f), Catch::EndsWith(" " + outer_stack));
    CHECK(f.exception() != nullptr);
}

GYRE_TEST("errors one after the other have stacks of their own", "[debug]") {
    auto retries = []() -> task<> {
        for (int i = 0; i < 3; ++i) {
            try {
                co_await outer();
            } catch (const std::runtime_error&) {
            }
        }
        co_await at_once();
    };
    auto f = gyre::spawn(retries());
    co_await ended(f);
    CHECK_THAT(stack_of(f), Catch::EndsWith(" " + frame("at_once", at_once_line)) && !Contains("inner"));
    CHECK(f.exception() != nullptr);
}

GYRE_TEST("a task that was cancelled or gave a value has no stack", "[debug]") {
    auto sleeper = []() -> task<> { co_await gyre::sleep(1h); };
    auto cancelled = gyre::spawn(sleeper());
    co_await gyre::yield();
    cancelled.cancel();
    co_await ended(cancelled);
    CHECK(stack_of(cancelled).empty());
    auto fine = gyre::spawn([]() -> task<> { co_return; }());
    co_await fine;
    CHECK(stack_of(fine).empty());
}

GYRE_TEST("an error lives no longer than its future, or, caught, than a few turns", "[debug]") {
    tracked::reset();
    auto throws = []() -> task<> {
        throw tracked_error();
        co_return;
    };
    {
        auto f = gyre::spawn(throws());
        co_await ended(f);
        CHECK(f.exception() != nullptr);
        CHECK(tracked::alive() == 1);
    }
    try {
        co_await throws();
    } catch (const tracked_error&) {
    }
    for (int i = 0; i < 100; ++i) co_await gyre::yield();
    CHECK(tracked::alive() == 0);
}

TEST_CASE("an error that leaves gyre::run() and that nobody catches is printed with its async stack", "[debug]") {
    int ends[2];
    REQUIRE(::pipe2(ends, O_CLOEXEC) == 0);
    const pid_t child = ::fork();
    REQUIRE(child >= 0);
    if (child == 0) {
        ::dup2(ends[1], STDERR_FILENO);
        ::signal(SIGABRT, SIG_DFL);
        const rlimit no_core{0, 0};
        ::setrlimit(RLIMIT_CORE, &no_core);
        const auto nobody_catches = []() noexcept { gyre::run(outer(), gyre::test::options()); };
        nobody_catches();
        ::_exit(0);
    }
    ::close(ends[1]);
    std::string text;
    char buffer[4096];
    for (ssize_t n = 0; (n = ::read(ends[0], buffer, sizeof buffer)) > 0;) text.append(buffer, static_cast<std::size_t>(n));
    ::close(ends[0]);
    int status = 0;
    REQUIRE(::waitpid(child, &status, 0) == child);
    INFO(text);
    CHECK(WIFSIGNALED(status));
    CHECK_THAT(text, Contains("async stack, innermost last"));
    const std::size_t first = text.find("outer()" + at(outer_line) + "\n");
    const std::size_t second = text.find("middle()" + at(middle_line) + "\n");
    const std::size_t third = text.find("inner()" + at(inner_line) + "\n");
    REQUIRE(third != std::string::npos);
    CHECK(first < second);
    CHECK(second < third);
}
