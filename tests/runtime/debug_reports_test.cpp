// What debug mode reports: each kind, with its text.
#include <unistd.h>

#include <cstdio>
#include <memory>
#include <stdexcept>
#include <string>
#include <thread>

#include "debug_support.hpp"

using Catch::Contains;
using Catch::StartsWith;
using gyre::task;
using gyre::debug::report_kind;
using gyre::test::captured_reports;
using gyre::test::debug_options;
using gyre::test::scoped_environment;
using namespace std::chrono_literals;

namespace {

// clang-format off
constexpr int forgotten_line = __LINE__; task<> forgotten() { co_return; }
constexpr int fails_line = __LINE__; task<> fails() { throw std::runtime_error("it broke"); co_return; }
constexpr int stubborn_line = __LINE__; task<> stubborn() { try { co_await gyre::sleep(1h); } catch (const gyre::cancelled_error&) {} }
constexpr int sleeper_line = __LINE__; task<> sleeper() { co_await gyre::sleep(1h); }
constexpr int busy_line = __LINE__; task<> busy() { co_await gyre::yield(); std::this_thread::sleep_for(30ms); co_await gyre::yield(); }
// clang-format on

struct slow_call {
    void operator()() const { std::this_thread::sleep_for(30ms); }
};

task<> yields() { co_await gyre::yield(); }

std::string at(int line) { return "debug_reports_test.cpp:" + std::to_string(line); }

// What goes to stderr while it lives.
class captured_stderr {
public:
    captured_stderr() : file_(std::tmpfile(), &std::fclose), before_(::dup(STDERR_FILENO)) {
        std::fflush(stderr);
        ::dup2(::fileno(file_.get()), STDERR_FILENO);
    }
    captured_stderr(const captured_stderr&) = delete;
    ~captured_stderr() { restore(); }
    std::string text() {
        restore();
        std::string all;
        std::rewind(file_.get());
        for (int c = std::fgetc(file_.get()); c != EOF; c = std::fgetc(file_.get())) all += static_cast<char>(c);
        return all;
    }

private:
    void restore() noexcept {
        if (before_ < 0) return;
        std::fflush(stderr);
        ::dup2(before_, STDERR_FILENO);
        ::close(std::exchange(before_, -1));
    }
    std::unique_ptr<std::FILE, int (*)(std::FILE*)> file_;
    int before_;
};

}  // namespace

TEST_CASE("debug mode reports a coroutine that was never awaited, with its name and line", "[debug]") {
    const captured_reports reports;
    gyre::event_loop loop(debug_options());
    auto main = []() -> task<> {
        {
            const task<> dropped = forgotten();
        }
        co_return;
    };
    loop.run_until_complete(main());
    const auto found = reports.of(report_kind::never_awaited);
    REQUIRE(found.size() == 1);
    CHECK_THAT(found[0],
               StartsWith("coroutine ") && Contains("forgotten() at ") && Contains(at(forgotten_line)) && Contains("never awaited"));
}

TEST_CASE("debug mode reports a slow step with the task and the awaits around it", "[debug]") {
    const captured_reports reports;
    gyre::loop_options options = debug_options();
    options.slow_step = 25ms;
    gyre::event_loop loop(options);
    loop.run_until_complete(loop.spawn(busy(), "the busy one"));
    const auto found = reports.of(report_kind::slow_step);
    REQUIRE(found.size() >= 1);
    CHECK_THAT(found[0], StartsWith("the task 'the busy one' kept the loop busy for "));
    CHECK_THAT(found[0], Contains("busy() at " + at(busy_line) + " to "));
    for (const auto& report : reports.all()) {
        if (report.kind == report_kind::slow_step) CHECK(report.task.name() == "the busy one");
    }
}

TEST_CASE("debug mode reports a slow last step and a slow callback", "[debug]") {
    const captured_reports reports;
    gyre::loop_options options = debug_options();
    options.slow_step = 25ms;
    gyre::event_loop loop(options);
    auto ends_late = []() -> task<> {
        std::this_thread::sleep_for(30ms);
        co_return;
    };
    loop.call_soon(slow_call());
    loop.run_until_complete(loop.spawn(ends_late(), "late"));
    const auto found = reports.of(report_kind::slow_step);
    REQUIRE(found.size() == 2);
    CHECK_THAT(found[0], StartsWith("a callback (") && Contains("slow_call) kept the loop busy for "));
    CHECK_THAT(found[1], StartsWith("the task 'late' ") && Contains(" to its end"));
}

TEST_CASE("a quick step is not reported, and a sleep is no step", "[debug]") {
    const captured_reports reports;
    gyre::loop_options options = debug_options();
    options.slow_step = 5s;
    gyre::event_loop loop(options);
    auto main = []() -> task<> { co_await gyre::sleep(10ms); };
    loop.run_until_complete(main());
    CHECK(reports.all().empty());
}

TEST_CASE("debug mode reports a swallowed cancel, but none that was taken back or passed on", "[debug]") {
    const captured_reports reports;
    gyre::event_loop loop(debug_options());
    auto modest = []() -> task<> {
        try {
            co_await gyre::sleep(1h);
        } catch (const gyre::cancelled_error&) {
            gyre::current_task().uncancel();
        }
    };
    auto main = [&]() -> task<> {
        auto bad = gyre::spawn(stubborn(), "stubborn one");
        auto good = gyre::spawn(sleeper());
        auto taken_back = gyre::spawn(modest());
        co_await gyre::yield();
        bad.cancel();
        good.cancel();
        taken_back.cancel();
        co_await gyre::gather_outcomes(bad, good, taken_back);
        CHECK(bad.state() == gyre::future_state::done);
    };
    loop.run_until_complete(main());
    const auto found = reports.of(report_kind::swallowed_cancel);
    REQUIRE(found.size() == 1);
    CHECK_THAT(found[0], StartsWith("the task 'stubborn one' (") && Contains("stubborn() at " + at(stubborn_line)));
    CHECK_THAT(found[0], Contains("caught the cancelled_error and ended normally"));
    CHECK(reports.all().size() == 1);
}

TEST_CASE("debug mode reports the child of a race that swallows its cancel", "[debug]") {
    const captured_reports reports;
    gyre::event_loop loop(debug_options());
    auto main = []() -> task<> { co_await gyre::race(yields(), stubborn()); };
    loop.run_until_complete(main());
    CHECK(reports.of(report_kind::swallowed_cancel).size() == 1);
}

TEST_CASE("debug mode reports what had not ended when the loop closed, with its stack", "[debug]") {
    const captured_reports reports;
    {
        gyre::event_loop loop(debug_options());
        loop.spawn(sleeper(), "the sleeper");
        loop.run_until_complete(yields());
        CHECK(reports.all().empty());
    }
    const auto found = reports.of(report_kind::leftover);
    REQUIRE(found.size() == 1);
    CHECK_THAT(found[0], StartsWith("the task 'the sleeper' had not ended when its loop closed"));
    CHECK_THAT(found[0], Contains("sleeper() at " + at(sleeper_line)));
}

TEST_CASE("debug mode reports an error that nobody had retrieved when the loop closed, with its stack", "[debug]") {
    const captured_reports reports;
    gyre::event_loop loop(debug_options());
    auto asked = loop.spawn(fails(), "asked");
    auto forgotten_one = loop.spawn(fails(), "unasked");
    loop.run_until_complete(yields());
    loop.run_until_complete(yields());
    CHECK(asked.exception() != nullptr);
    loop.close();
    const auto found = reports.of(report_kind::leftover);
    REQUIRE(found.size() == 1);
    CHECK_THAT(found[0], StartsWith("the error of 'unasked' had not been retrieved when its loop closed: it broke"));
    CHECK_THAT(found[0], Contains("[async stack: ") && Contains("fails() at " + at(fails_line)));
    CHECK(forgotten_one.exception() != nullptr);
}

TEST_CASE("without debug mode nothing of this is reported", "[debug]") {
    const scoped_environment off("GYRE_DEBUG", nullptr);
    const captured_reports reports;
    gyre::loop_options options = gyre::test::options();
    options.slow_step = 1ms;
    gyre::event_loop loop(options);
    auto main = []() -> task<> {
        std::this_thread::sleep_for(5ms);
        auto swallows = gyre::spawn(stubborn());
        gyre::spawn(sleeper());
        co_await gyre::yield();
        swallows.cancel();
        co_await swallows;
    };
    loop.run_until_complete(main());
    loop.close();
    CHECK(reports.all().empty());
}

TEST_CASE("GYRE_DEBUG=1 turns debug mode on; reports go to stderr, one line each", "[debug]") {
    const scoped_environment on("GYRE_DEBUG", "1");
    const scoped_environment seed("GYRE_DEBUG_SEED", "42");
    std::string text;
    {
        captured_stderr captured;
        {
            gyre::event_loop loop(gyre::test::options());
            loop.spawn(sleeper(), "left");
            loop.run_until_complete(yields());
        }
        text = captured.text();
    }
    INFO(text);
    CHECK_THAT(text, StartsWith("gyre: debug: tasks that are ready together run in an order by seed 42; GYRE_DEBUG_SEED=42 repeats it"));
    CHECK_THAT(text, Contains("\ngyre: debug: the task 'left' had not ended"));
    CHECK(std::count(text.begin(), text.end(), '\n') == 2);
}

TEST_CASE("a report handler that throws loses no report", "[debug]") {
    gyre::debug::set_report_handler([](const gyre::debug::report&) { throw std::runtime_error("handler"); });
    std::string text;
    {
        captured_stderr captured;
        {
            gyre::event_loop loop(debug_options());
            loop.spawn(sleeper(), "left");
            loop.run_until_complete(yields());
        }
        text = captured.text();
    }
    gyre::debug::set_report_handler({});
    CHECK_THAT(text, Contains("the task 'left' had not ended"));
}
