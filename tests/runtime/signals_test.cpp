// ctest: threads tsan=asio
// Signals as an async iterator: each one gets each signal, none is lost, and what was there before comes back.
#include <gyre/runtime/testing/cancel_at_every_await.hpp>

#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

#include <atomic>
#include <functional>
#include <set>
#include <thread>
#include <vector>

#include "signal_support.hpp"
#include "support/test.hpp"
#include "until_ended.hpp"

using namespace std::chrono_literals;
using gyre::test::disposition;
using gyre::test::disposition_guard;

GYRE_TEST("a signal ends the wait for it and has no other effect") {
    gyre::signals s({SIGUSR1, SIGTERM});
    gyre::event_loop::current().call_soon([] { ::raise(SIGTERM); });
    const auto got = co_await s.next();
    CHECK(got == SIGTERM);
}

GYRE_TEST("a signal that another process sends ends the wait") {
    gyre::signals s({SIGUSR1});
    const auto child = ::fork();
    if (child == 0) {
        ::kill(::getppid(), SIGUSR1);
        ::_exit(0);
    }
    const auto got = co_await s.next();
    CHECK(got == SIGUSR1);
    CHECK(::waitpid(child, nullptr, 0) == child);
}

GYRE_TEST("a signal that comes before next(), or between two, is delivered; the same number counts once") {
    gyre::signals s({SIGUSR1, SIGUSR2});
    for (int i = 0; i < 3; ++i) ::raise(SIGUSR1);
    ::raise(SIGUSR2);
    const auto first = co_await s.next();
    CHECK(first == SIGUSR1);
    const auto second = co_await s.next();
    CHECK(second == SIGUSR2);
    co_await gyre::yield();
    ::raise(SIGUSR1);
    const auto third = co_await s.next();
    CHECK(third == SIGUSR1);

    auto more = gyre::spawn([](gyre::signals& from) -> gyre::task<std::optional<int>> { co_return co_await from.next(); }, std::ref(s));
    for (int i = 0; i < 10; ++i) co_await gyre::sleep(1ms);
    CHECK_FALSE(more.done());
    ::raise(SIGUSR2);
    const auto last = co_await more;
    CHECK(last == SIGUSR2);
}

GYRE_TEST("no number comes short beside one that comes all the time") {
    gyre::signals s({SIGUSR1, SIGUSR2, SIGTERM});
    std::set<int> seen;
    ::raise(SIGTERM);
    ::raise(SIGUSR2);
    for (int i = 0; i < 3; ++i) {
        ::raise(SIGUSR1);
        const auto got = co_await s.next();
        seen.insert(got.value());
    }
    CHECK(seen == std::set<int>{SIGUSR1, SIGUSR2, SIGTERM});
}

GYRE_TEST("each of several gets each signal that it asked for") {
    gyre::signals one({SIGUSR1});
    gyre::signals two({SIGUSR1, SIGUSR2});
    gyre::signals three({SIGUSR2});
    ::raise(SIGUSR1);
    ::raise(SIGUSR2);
    const auto first = co_await one.next();
    CHECK(first == SIGUSR1);
    const auto second = co_await two.next();
    CHECK(second == SIGUSR1);
    const auto third = co_await two.next();
    CHECK(third == SIGUSR2);
    const auto fourth = co_await three.next();
    CHECK(fourth == SIGUSR2);
}

GYRE_TEST("of tasks that wait on one object each signal goes to the first") {
    gyre::signals s({SIGUSR1});
    std::vector<int> order;
    auto waits = [&](int n) -> gyre::task<> {
        const auto got = co_await s.next();
        CHECK(got == SIGUSR1);
        order.push_back(n);
    };
    auto one = gyre::spawn(waits(1));
    auto two = gyre::spawn(waits(2));
    co_await gyre::yield();
    ::raise(SIGUSR1);
    co_await one;
    CHECK(order == std::vector<int>{1});
    ::raise(SIGUSR1);
    co_await two;
    CHECK(order == std::vector<int>{1, 2});
}

GYRE_TEST("a cancelled wait loses no signal") {
    gyre::signals s({SIGUSR1});
    auto waits = [&]() -> gyre::task<> { co_await s.next(); };
    auto f = gyre::spawn(waits());
    co_await gyre::yield();
    ::raise(SIGUSR1);
    f.cancel();
    co_await gyre::test::until_ended(f);
    CHECK(f.cancelled());
    const auto got = co_await s.next();
    CHECK(got == SIGUSR1);
}

TEST_CASE("signals: cancelled at every await, nothing is left and nothing is lost") {
    const auto before = disposition(SIGUSR1);
    auto script = []() -> gyre::task<> {
        gyre::signals s({SIGUSR1, SIGUSR2});
        for (const int number : {SIGUSR1, SIGUSR2, SIGUSR1}) {
            gyre::event_loop::current().call_soon([number] { ::raise(number); });
            const auto got = co_await s.next();
            REQUIRE(got == number);
        }
    };
    const auto runs = gyre::testing::cancel_at_every_await(script, [&] { REQUIRE(disposition(SIGUSR1) == before); }, gyre::test::options());
    CHECK(runs > 3);
}

GYRE_TEST("who waits on a closed one gets nullopt") {
    gyre::signals s({SIGUSR1});
    auto waits = [&]() -> gyre::task<std::optional<int>> { co_return co_await s.next(); };
    auto f = gyre::spawn(waits());
    co_await gyre::yield();
    s.close();
    const auto got = co_await f;
    CHECK_FALSE(got);
    const auto again = co_await s.next();
    CHECK_FALSE(again);
    s.close();
}

TEST_CASE("the action from before comes back with the last who listens") {
    const disposition_guard restore(SIGUSR1);
    static int called = 0;
    called = 0;
    auto mine = [](int) { ++called; };
    ::signal(SIGUSR1, mine);
    const auto before = disposition(SIGUSR1);
    gyre::test::run([&]() -> gyre::task<> {
        auto one = std::make_unique<gyre::signals>(std::initializer_list<int>{SIGUSR1});
        auto two = std::make_unique<gyre::signals>(std::initializer_list<int>{SIGUSR1});
        one.reset();
        CHECK(disposition(SIGUSR1) != before);
        ::raise(SIGUSR1);
        const auto got = co_await two->next();
        CHECK(got == SIGUSR1);
        two.reset();
        CHECK(disposition(SIGUSR1) == before);
    });
    CHECK(called == 0);
    ::raise(SIGUSR1);
    CHECK(called == 1);
}

TEST_CASE("a handler that the program has put in place meanwhile stays") {
    const disposition_guard restore(SIGUSR1);
    auto mine = [](int) {};
    {
        const gyre::signals s({SIGUSR1});
        ::signal(SIGUSR1, mine);
    }
    CHECK(disposition(SIGUSR1) == static_cast<sighandler_t>(mine));
}

TEST_CASE("listening blocks no signal") {
    sigset_t before;
    sigset_t during;
    ::pthread_sigmask(SIG_BLOCK, nullptr, &before);
    const gyre::signals s({SIGUSR1, SIGTERM});
    ::pthread_sigmask(SIG_BLOCK, nullptr, &during);
    for (int number = 1; number < 32; ++number) CHECK(::sigismember(&before, number) == ::sigismember(&during, number));
}

TEST_CASE("signals that cannot be listened to are refused by name, and nothing is changed") {
    const auto before = disposition(SIGUSR1);
    for (const int number : {SIGKILL, SIGSTOP, SIGSEGV, SIGBUS, SIGFPE, SIGILL, 0, -1, 32, 65, 99}) {
        std::string message;
        try {
            const gyre::signals s({SIGUSR1, number});
        } catch (const std::invalid_argument& e) {
            message = e.what();
        }
        CAPTURE(number);
        CHECK(message.find(std::to_string(number)) != std::string::npos);
        if (number == SIGKILL) CHECK(message.find("SIGKILL") != std::string::npos);
        CHECK(disposition(SIGUSR1) == before);
    }
    CHECK_THROWS_AS(gyre::signals(std::initializer_list<int>{}), std::invalid_argument);
}

TEST_CASE("one made before any loop collects, and serves one loop after the other") {
    gyre::signals s({SIGUSR1, SIGUSR2});
    ::raise(SIGUSR1);
    auto next = [&]() -> gyre::task<int> {
        const auto got = co_await s.next();
        co_return got.value();
    };
    CHECK(gyre::run(next(), gyre::test::options()) == SIGUSR1);
    ::raise(SIGUSR2);
    CHECK(gyre::run(next(), gyre::test::options()) == SIGUSR2);
    auto later = [&]() -> gyre::task<int> {
        gyre::event_loop::current().call_later(1ms, [] { ::raise(SIGUSR1); });
        const auto got = co_await s.next();
        co_return got.value();
    };
    CHECK(gyre::run(later(), gyre::test::options()) == SIGUSR1);
}

GYRE_TEST("tasks of two loops on one object are told apart") {
    gyre::signals s({SIGUSR1});
    ::raise(SIGUSR1);
    co_await s.next();
    std::string message;
    std::thread other([&] {
        auto foreign = [&]() -> gyre::task<> { co_await s.next(); };
        try {
            gyre::run(foreign(), gyre::test::options());
        } catch (const gyre::invalid_state_error& e) {
            message = e.what();
        }
    });
    other.join();
    CHECK(message.find("another event loop") != std::string::npos);
}

TEST_CASE("loops in several threads each get a signal of the process") {
    constexpr int loops = 4;
    std::atomic<int> listening = 0;
    std::atomic<int> got = 0;
    auto listen = [&]() -> gyre::task<> {
        gyre::signals s({SIGUSR1});
        ++listening;
        const auto number = co_await s.next();
        got += *number;
    };
    std::vector<std::thread> threads;
    for (int i = 0; i < loops; ++i) threads.emplace_back([&] { gyre::run(listen(), gyre::test::options()); });
    while (listening != loops) std::this_thread::yield();
    ::kill(::getpid(), SIGUSR1);
    for (auto& t : threads) t.join();
    CHECK(got == loops * SIGUSR1);
}

TEST_CASE("listeners come and go while signals arrive in other threads") {
    const disposition_guard restore(SIGUSR1);
    ::signal(SIGUSR1, SIG_IGN);
    std::atomic<bool> over = false;
    std::thread sender([&] {
        while (!over) ::kill(::getpid(), SIGUSR1);
    });
    std::atomic<int> got = 0;
    auto listen = [&]() -> gyre::task<> {
        for (int i = 0; i < 300; ++i) {
            gyre::signals one({SIGUSR1});
            gyre::signals two({SIGUSR1});
            const auto first = co_await one.next();
            const auto second = co_await two.next();
            got += first == SIGUSR1 && second == SIGUSR1;
        }
    };
    std::thread other([&] { gyre::run(listen(), gyre::test::options()); });
    gyre::run(listen(), gyre::test::options());
    other.join();
    over = true;
    sender.join();
    CHECK(got == 600);
}

TEST_CASE("a program that listens to SIGINT gets it, and is not cancelled; when it stops listening Ctrl-C cancels again") {
    const disposition_guard restore(SIGINT);
    ::signal(SIGINT, SIG_DFL);
    int heard = 0;
    auto main = [&]() -> gyre::task<> {
        {
            gyre::signals s({SIGINT});
            for (int i = 0; i < 3; ++i) {
                ::raise(SIGINT);
                const auto got = co_await s.next();
                heard += got == SIGINT;
                co_await gyre::yield();
            }
        }
        ::raise(SIGINT);
        co_await gyre::sleep(1h);
    };
    CHECK_THROWS_AS(gyre::run(main(), gyre::test::options()), gyre::cancelled_error);
    CHECK(heard == 3);
    CHECK(disposition(SIGINT) == SIG_DFL);
}

TEST_CASE("run() leaves SIGINT alone where the program has a handler for it") {
    const disposition_guard restore(SIGINT);
    auto mine = [](int) {};
    ::signal(SIGINT, mine);
    auto main = []() -> gyre::task<> {
        ::raise(SIGINT);
        co_await gyre::yield();
    };
    gyre::run(main(), gyre::test::options());
    CHECK(disposition(SIGINT) == static_cast<sighandler_t>(mine));
}

TEST_CASE("a second Ctrl-C ends a program that does not stop for the first") {
    const auto child = ::fork();
    if (child == 0) {
        ::signal(SIGINT, SIG_DFL);
        auto stubborn = []() -> gyre::task<> {
            ::raise(SIGINT);
            try {
                co_await gyre::sleep(1h);
            } catch (const gyre::cancelled_error&) {
                ::raise(SIGINT);
            }
        };
        gyre::run(stubborn(), gyre::test::options());
        ::_exit(0);
    }
    int status = 0;
    CHECK(::waitpid(child, &status, 0) == child);
    CHECK(WIFSIGNALED(status));
    CHECK(WTERMSIG(status) == SIGINT);
}

GYRE_TEST("the operators of async iterators take it") {
    ::raise(SIGWINCH);
    gyre::signals s({SIGWINCH});
    ::raise(SIGWINCH);
    auto moved = std::move(s);
    const auto got = co_await moved.next();
    CHECK(got == SIGWINCH);
    static_assert(gyre::async_iterator<gyre::signals>);
}
