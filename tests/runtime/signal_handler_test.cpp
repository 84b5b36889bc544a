// event_loop::add_signal_handler, as asyncio has it.
#include <signal.h>

#include <stdexcept>
#include <string>

#include "signal_support.hpp"
#include "support/test.hpp"

using gyre::test::disposition;

GYRE_TEST("a signal handler runs in the loop, on a later turn, each time the signal comes") {
    auto& loop = gyre::event_loop::current();
    std::string calls;
    loop.add_signal_handler(SIGUSR1, [&] { calls += 'a'; });
    loop.add_signal_handler(SIGUSR2, [&] { calls += 'b'; });
    gyre::signals beside({SIGUSR1, SIGUSR2});
    for (const int number : {SIGUSR1, SIGUSR2, SIGUSR1}) {
        const std::string before = calls;
        ::raise(number);
        CHECK(calls == before);
        const auto got = co_await beside.next();
        CHECK(got == number);
        while (calls == before) co_await gyre::yield();
    }
    CHECK(calls == "aba");
}

GYRE_TEST("a later signal handler replaces the one before; a removed one is not called, even for a signal that has come") {
    auto& loop = gyre::event_loop::current();
    const auto before = disposition(SIGUSR1);
    std::string calls;
    loop.add_signal_handler(SIGUSR1, [&] { calls += "old"; });
    loop.add_signal_handler(SIGUSR1, [&] { calls += "new"; });
    ::raise(SIGUSR1);
    while (calls.empty()) co_await gyre::yield();
    CHECK(calls == "new");

    gyre::signals beside({SIGUSR1});
    ::raise(SIGUSR1);
    CHECK(loop.remove_signal_handler(SIGUSR1));
    CHECK_FALSE(loop.remove_signal_handler(SIGUSR1));
    co_await beside.next();
    for (int i = 0; i < 10; ++i) co_await gyre::yield();
    CHECK(calls == "new");
    beside.close();
    CHECK(disposition(SIGUSR1) == before);
}

GYRE_TEST("a signal handler may remove itself") {
    auto& loop = gyre::event_loop::current();
    int calls = 0;
    loop.add_signal_handler(SIGUSR1, [&] {
        CHECK(loop.remove_signal_handler(SIGUSR1));
        ++calls;
    });
    ::raise(SIGUSR1);
    while (calls == 0) co_await gyre::yield();
    CHECK(calls == 1);
}

TEST_CASE("an error of a signal handler goes to the loop's exception handler") {
    gyre::event_loop loop(gyre::test::options());
    std::string message;
    loop.set_exception_handler([&](const gyre::unhandled_error& e) {
        try {
            std::rethrow_exception(e.exception);
        } catch (const std::runtime_error& error) {
            message = error.what();
        }
        loop.stop();
    });
    loop.add_signal_handler(SIGUSR1, [] { throw std::runtime_error("from the handler"); });
    ::raise(SIGUSR1);
    loop.run_forever();
    CHECK(message == "from the handler");
}

TEST_CASE("the end of a loop takes its signal handlers along") {
    const auto before = disposition(SIGTERM);
    int calls = 0;
    {
        gyre::event_loop loop(gyre::test::options());
        loop.add_signal_handler(SIGTERM, [&] {
            ++calls;
            loop.stop();
        });
        CHECK(disposition(SIGTERM) != before);
        ::raise(SIGTERM);
        loop.run_forever();
        ::raise(SIGTERM);
    }
    CHECK(calls == 1);
    CHECK(disposition(SIGTERM) == before);
}

TEST_CASE("signal handlers of two loops are both called") {
    gyre::event_loop one(gyre::test::options());
    gyre::event_loop two(gyre::test::options());
    int calls = 0;
    for (gyre::event_loop* loop : {&one, &two})
        loop->add_signal_handler(SIGUSR1, [&calls, loop] {
            ++calls;
            loop->stop();
        });
    ::raise(SIGUSR1);
    one.run_forever();
    two.run_forever();
    CHECK(calls == 2);
}

TEST_CASE("what is no signal, or a closed loop, takes no signal handler") {
    gyre::event_loop loop(gyre::test::options());
    for (const int number : {SIGKILL, 0, 99}) CHECK_THROWS_AS(loop.add_signal_handler(number, [] {}), std::invalid_argument);
    CHECK_FALSE(loop.remove_signal_handler(99));
    loop.close();
    CHECK_THROWS_AS(loop.add_signal_handler(SIGUSR1, [] {}), gyre::invalid_state_error);
    CHECK_FALSE(loop.remove_signal_handler(SIGUSR1));
}
