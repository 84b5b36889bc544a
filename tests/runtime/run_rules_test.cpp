// What run() and a closing loop do with what is left, and with Ctrl-C.
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <csignal>
#include <cstdio>
#include <cstdlib>
#include <stdexcept>
#include <string>
#include <thread>
#include <vector>

#include "support/test.hpp"

using namespace gyre;
using namespace std::chrono_literals;

namespace {

task<int> number(int n) { co_return n; }

struct end_of_process {
    end_of_process() {}
    int status = 0;
    std::string printed;
};

// What becomes of a process that runs this with SIGINT at its default action, and what it writes to stdout and stderr.
end_of_process end_of(void (*run_it)()) {
    std::array<int, 2> pipe{};
    if (::pipe(pipe.data()) != 0) throw std::runtime_error("no pipe");
    std::fflush(stdout);
    const pid_t child = ::fork();
    if (child == 0) {
        ::dup2(pipe[1], 1);
        ::dup2(pipe[1], 2);
        ::close(pipe[0]);
        ::close(pipe[1]);
        std::signal(SIGINT, SIG_DFL);
        run_it();
        std::_Exit(3);
    }
    ::close(pipe[1]);
    end_of_process end;
    std::array<char, 256> piece{};
    for (ssize_t got = 0; (got = ::read(pipe[0], piece.data(), piece.size())) > 0;)
        end.printed.append(piece.data(), static_cast<std::size_t>(got));
    ::close(pipe[0]);
    ::waitpid(child, &end.status, 0);
    return end;
}

task<> cleans_up() {
    try {
        co_await gyre::sleep(1h);
    } catch (const cancelled_error&) {
        std::printf("cleaned up\n");
        throw;
    }
}

task<> interrupted() {
    std::printf("at work\n");
    gyre::spawn(cleans_up());
    co_await gyre::yield();
    std::raise(SIGINT);
    co_await gyre::sleep(1h);
}

// As main() may be declared, by who knows that nothing else is thrown.
void run_interrupted() noexcept { run(interrupted(), gyre::test::options()); }

// Nothing on the stack catches, as in a main() without try. Catch2's would.
void run_interrupted_uncaught() {
    std::thread([] { run(interrupted(), gyre::test::options()); }).join();
}

task<> fails() {
    gyre::spawn(cleans_up());
    co_await gyre::yield();
    throw std::runtime_error("out of ink");
}

void run_fails_uncaught() {
    std::thread([] { run(fails(), gyre::test::options()); }).join();
}

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

TEST_CASE("a program that lets the cancelled_error of a Ctrl-C out dies of SIGINT, cleaned up, with its output and without a message") {
    const std::array<void (*)(), 2> programs = {run_interrupted, run_interrupted_uncaught};
    for (const auto run_it : programs) {
        const end_of_process end = end_of(run_it);
        CHECK(WIFSIGNALED(end.status));
        CHECK(WTERMSIG(end.status) == SIGINT);
        CHECK(end.printed == "at work\ncleaned up\n");
    }
}

TEST_CASE("an error that nobody catches still cancels and awaits what run()'s task left behind") {
    // What std::terminate() does with the output of stdio is its own affair.
    const end_of_process end = end_of([] {
        std::setvbuf(stdout, nullptr, _IONBF, 0);
        run_fails_uncaught();
    });
    CHECK(WIFSIGNALED(end.status));
    CHECK(WTERMSIG(end.status) == SIGABRT);
    CHECK(end.printed.starts_with("cleaned up\n"));
    CHECK(end.printed.find("out of ink") != std::string::npos);
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
