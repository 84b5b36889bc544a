// The end of a child: waited for, asked for, forced, forgotten. It is always reaped.
#include <signal.h>
#include <unistd.h>

#include <memory>

#include "process_support.hpp"
#include "signal_support.hpp"
#include "until_ended.hpp"

using namespace std::chrono_literals;
using gyre::command;
using gyre::stdio;
using gyre::test::exists;

namespace {

command sleeper() { return command("sleep").arg("1000"); }

}  // namespace

PROCESS_TEST("several tasks that wait get the same, and so does who asks later") {
    gyre::process child = co_await command::shell("read go; exit 7").in(stdio::pipe).start();
    auto wait = [&]() -> gyre::task<gyre::exit_status> { co_return co_await child.wait(); };
    std::vector<gyre::future<gyre::exit_status>> all;
    for (int i = 0; i < 5; ++i) all.push_back(gyre::spawn(wait()));
    co_await gyre::yield();
    child.close_in();
    for (auto& one : all) {
        const auto status = co_await one;
        CHECK(status.code() == 7);
    }
    const auto later = co_await child.wait();
    CHECK(later.code() == 7);
}

PROCESS_TEST("a cancelled wait leaves the child running, and who waits beside it waiting") {
    gyre::process child = co_await sleeper().start();
    auto wait = [&]() -> gyre::task<gyre::exit_status> { co_return co_await child.wait(); };
    auto dropped = gyre::spawn(wait());
    auto kept = gyre::spawn(wait());
    co_await gyre::yield();
    dropped.cancel();
    co_await gyre::test::until_ended(dropped);
    CHECK(dropped.cancelled());
    CHECK(exists(child.pid()));
    CHECK_FALSE(kept.done());
    child.terminate();
    const auto status = co_await kept;
    CHECK(status.signal() == SIGTERM);
}

PROCESS_TEST("terminate, kill and send_signal reach the child") {
    gyre::process asked = co_await sleeper().start();
    asked.terminate();
    const auto by_term = co_await asked.wait();
    CHECK(by_term.signal() == SIGTERM);

    gyre::process stubborn = co_await command::shell("trap '' TERM; echo ready; exec sleep 1000").out(stdio::pipe).start();
    co_await gyre::test::read_line(stubborn);
    stubborn.terminate();
    stubborn.kill();
    const auto by_kill = co_await stubborn.wait();
    CHECK(by_kill.signal() == SIGKILL);

    gyre::process trapping =
        co_await command::shell("trap 'exit 5' USR1; echo ready; while :; do sleep 0.01; done").out(stdio::pipe).start();
    co_await gyre::test::read_line(trapping);
    trapping.send_signal(SIGUSR1);
    const auto by_trap = co_await trapping.wait();
    CHECK(by_trap.code() == 5);
    gyre::process child = co_await sleeper().start();
    CHECK_THROWS_AS(child.send_signal(999), std::invalid_argument);
}

PROCESS_TEST("signals to a child that has ended do nothing, whether it has been waited for or not") {
    gyre::process waited = co_await command("true").start();
    co_await waited.wait();
    for (int i = 0; i < 2; ++i) {
        waited.terminate();
        waited.kill();
        waited.send_signal(SIGUSR1);
    }
    const auto status = co_await waited.wait();
    CHECK(status.success());

    gyre::process zombie = co_await command("true").out(stdio::pipe).start();
    char c = 0;
    co_await zombie.read_out(&c, 1);  // the end of its output, so it is over or about to be
    zombie.terminate();
    const auto either = co_await zombie.wait();
    CHECK((either.success() || either.signal() == SIGTERM));
}

PROCESS_TEST("a process that is dropped takes its child along") {
    int pid = 0;
    {
        gyre::process child = co_await sleeper().in(stdio::pipe).out(stdio::pipe).start();
        pid = child.pid();
        CHECK(exists(pid));
    }
    while (exists(pid)) co_await gyre::sleep(1ms);
    // Assigned over, too.
    gyre::process child = co_await sleeper().start();
    pid = child.pid();
    child = co_await sleeper().start();
    while (exists(pid)) co_await gyre::sleep(1ms);
    CHECK(exists(child.pid()));
}

PROCESS_TEST("who waits on a process that is dropped gets its end, and who reads an error") {
    gyre::process started = co_await sleeper().out(stdio::pipe).start();
    auto child = std::make_unique<gyre::process>(std::move(started));
    auto wait = [](gyre::process& p) -> gyre::task<gyre::exit_status> { co_return co_await p.wait(); };
    auto read = [](gyre::process& p) -> gyre::task<> {
        char c = 0;
        co_await p.read_out(&c, 1);
    };
    auto waiting = gyre::spawn(wait(*child));
    auto reading = gyre::spawn(read(*child));
    co_await gyre::yield();
    const int pid = child->pid();
    child.reset();
    // The read may be looked at only when the child has ended, and then finds the end of the stream.
    siginfo_t info{};
    const bool over = ::waitid(P_PID, static_cast<id_t>(pid), &info, WEXITED | WNOWAIT) == 0 || errno == ECHILD;
    CHECK(over);
    const auto status = co_await waiting;
    CHECK(status.signal() == SIGKILL);
    CHECK_THROWS_WITH(co_await reading, Catch::Contains("it was closed meanwhile"));
}

PROCESS_TEST("with a process: killed and reaped at the end of the body, also by an error or a cancel") {
    int pid = 0;
    auto quiet = [&](gyre::process& p) -> gyre::task<int> {
        pid = p.pid();
        co_return 4;
    };
    const int result = co_await gyre::with(sleeper().start(), quiet);
    CHECK(result == 4);
    CHECK_FALSE(exists(pid));

    auto fails = [&](gyre::process& p) -> gyre::task<> {
        pid = p.pid();
        co_await gyre::yield();
        throw std::runtime_error("body");
    };
    std::string message;
    try {
        co_await gyre::with(sleeper().start(), fails);
    } catch (const std::runtime_error& e) {
        message = e.what();
    }
    CHECK(message == "body");
    CHECK_FALSE(exists(pid));

    auto waits = [&](gyre::process& p) -> gyre::task<> {
        pid = p.pid();
        co_await p.wait();
    };
    auto whole = [&]() -> gyre::task<> { co_await gyre::with(sleeper().start(), waits); };
    auto f = gyre::spawn(whole());
    while (pid == 0 || !exists(pid)) co_await gyre::yield();
    f.cancel();
    co_await gyre::test::until_ended(f);
    CHECK(f.cancelled());
    CHECK_FALSE(exists(pid));
}

PROCESS_TEST("close() ends a child, and one that has ended; a cancel waits for it") {
    gyre::process child = co_await sleeper().in(stdio::pipe).start();
    auto close = [&]() -> gyre::task<> {
        gyre::current_task().cancel();
        co_await child.close();
    };
    auto closing = gyre::spawn(close());
    co_await gyre::test::until_ended(closing);
    CHECK(closing.cancelled());
    CHECK_FALSE(exists(child.pid()));
    co_await child.close();
    const auto status = co_await child.wait();
    CHECK(status.signal() == SIGKILL);
}

PROCESS_TEST("output() and communicate() that are cancelled have killed and reaped their child when the error comes out") {
    bool reaped_first = false;
    auto by_output = [&]() -> gyre::task<> {
        try {
            co_await sleeper().output();
        } catch (const gyre::cancelled_error&) {
            reaped_first = gyre::test::has_no_children();
            throw;
        }
    };
    auto f = gyre::spawn(by_output());
    while (gyre::test::has_no_children()) co_await gyre::yield();
    f.cancel();
    co_await gyre::test::until_ended(f);
    CHECK(f.cancelled());
    CHECK(reaped_first);

    gyre::process child = co_await sleeper().in(stdio::pipe).out(stdio::pipe).start();
    bool timed_out = false;
    try {
        co_await gyre::wait_for(child.communicate(std::string(1'000'000, 'x')), 10ms);
    } catch (const gyre::timeout_error&) {
        timed_out = true;
        CHECK(gyre::test::has_no_children());
    }
    CHECK(timed_out);
    const auto status = co_await child.wait();
    CHECK(status.signal() == SIGKILL);
}

PROCESS_TEST("two hundred children at once") {
    auto one = [](int n) -> gyre::task<> {
        const std::string text = "child " + std::to_string(n);
        auto said = co_await command("cat").output(text);
        CHECK(said.out == text);
        CHECK(said.status.success());
    };
    std::vector<gyre::task<>> all;
    for (int i = 0; i < 200; ++i) all.push_back(one(i));
    co_await gyre::gather(std::move(all));
    // All of them alive at the same time.
    std::vector<gyre::process> children;
    for (int i = 0; i < 200; ++i) {
        gyre::process next = co_await command("cat").in(stdio::pipe).out(stdio::pipe).start();
        children.push_back(std::move(next));
    }
    for (auto& child : children) {
        co_await child.write_in("x\n");
        const auto line = co_await gyre::test::read_line(child);
        CHECK(line == "x");
    }
    for (auto& child : children) child.close_in();
    for (auto& child : children) {
        const auto status = co_await child.wait();
        CHECK(status.success());
    }
}

TEST_CASE("a process that outlives its loop still takes its child along") {
    std::unique_ptr<gyre::process> child;
    auto start = [&]() -> gyre::task<> {
        gyre::process started = co_await sleeper().in(stdio::pipe).out(stdio::pipe).start();
        child = std::make_unique<gyre::process>(std::move(started));
    };
    const auto before = gyre::test::open_file_descriptors();
    gyre::run(start(), gyre::test::options());
    CHECK(exists(child->pid()));
    // In another loop it is refused.
    auto wait = [&]() -> gyre::task<> { co_await child->wait(); };
    CHECK_THROWS_AS(gyre::run(wait(), gyre::test::options()), gyre::invalid_state_error);
    child.reset();
    CHECK(gyre::test::has_no_children());
    CHECK(gyre::test::opened_since(before).empty());
}

TEST_CASE("children that are dropped as the loop closes are reaped before it has closed") {
    for (int i = 0; i < 20; ++i) {
        auto start = []() -> gyre::task<> {
            std::vector<gyre::process> children;
            for (int k = 0; k < 5; ++k) {
                gyre::process next = co_await sleeper().in(stdio::pipe).start();
                children.push_back(std::move(next));
            }
        };
        gyre::run(start(), gyre::test::options());
        REQUIRE(gyre::test::has_no_children());
    }
}

TEST_CASE("a loop closes, and does not spin, after its children have ended on another processor") {
    const std::string unwanted(1'000'000, 'x');
    auto main = [&]() -> gyre::task<> {
        auto said = co_await command("true").output(unwanted);
        CHECK(said.status.success());
    };
    for (int i = 0; i < 50; ++i) gyre::run(main(), gyre::test::options());
}

TEST_CASE("the program's own SIGCHLD handler is left alone, and an ignored SIGCHLD makes the status unknown, no more") {
    const gyre::test::disposition_guard restore(SIGCHLD);
    auto mine = [](int) {};
    ::signal(SIGCHLD, mine);
    auto main = []() -> gyre::task<> {
        auto said = co_await command("echo").arg("x").output();
        CHECK(said.out == "x\n");
        CHECK(said.status.success());
    };
    gyre::run(main(), gyre::test::options());
    CHECK(gyre::test::disposition(SIGCHLD) == static_cast<sighandler_t>(mine));
    ::signal(SIGCHLD, SIG_IGN);
    auto ignored = []() -> gyre::task<> {
        auto said = co_await command("echo").arg("x").output();
        CHECK(said.out == "x\n");
        CHECK_FALSE(said.status.success());
        CHECK_FALSE(said.status.code());
        CHECK_FALSE(said.status.signal());
        CHECK(said.status.to_string().find("taken") != std::string::npos);
    };
    gyre::run(ignored(), gyre::test::options());
}
