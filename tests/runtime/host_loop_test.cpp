// ctest: threads
// What a host loop, which drives gyre by poll_fd(), next_timeout() and poll(), learns of what is done between two polls.
#include "support/test.hpp"

#include <gyre/runtime/io/unique_fd.hpp>

#include <poll.h>
#include <sys/eventfd.h>

#include <chrono>
#include <thread>
#include <vector>

using namespace std::chrono_literals;

namespace {

bool readable(int fd, int milliseconds) {
    pollfd watched{fd, POLLIN, 0};
    return ::poll(&watched, 1, milliseconds) == 1;
}

// Polls until there is nothing to do.
void settle(gyre::event_loop& loop) {
    const int fd = loop.poll_fd();
    do loop.poll();
    while (loop.next_timeout() == gyre::duration::zero() || readable(fd, 0));
}

// As a host does that waits for the fd and for nothing else.
template <class Predicate>
void follow_fd_until(gyre::event_loop& loop, Predicate done) {
    const int fd = loop.poll_fd();
    for (int turns = 0; !done(); ++turns) {
        REQUIRE(turns < 1000);
        if (loop.next_timeout() != gyre::duration::zero()) REQUIRE(readable(fd, 10'000));
        loop.poll();
    }
}

gyre::task<> note(int& count) {
    ++count;
    co_return;
}

}  // namespace

TEST_CASE("poll_fd tells of a task that the host spawns between two polls") {
    gyre::event_loop loop(gyre::test::options());
    settle(loop);
    int ran = 0;
    for (int i = 1; i <= 3; ++i) {
        const auto spawned = loop.spawn(note(ran));
        REQUIRE(readable(loop.poll_fd(), 10'000));
        follow_fd_until(loop, [&] { return spawned.done(); });
        CHECK(ran == i);
        settle(loop);
    }
}

TEST_CASE("poll_fd tells of many tasks as of one") {
    gyre::event_loop loop(gyre::test::options());
    settle(loop);
    int ran = 0;
    std::vector<gyre::future<>> spawned;
    for (int i = 0; i < 1000; ++i) spawned.push_back(loop.spawn(note(ran)));
    follow_fd_until(loop, [&] { return ran == 1000; });
    settle(loop);
    CHECK_FALSE(readable(loop.poll_fd(), 0));
}

TEST_CASE("poll_fd tells of a callback that the host hands over, and of a timer that changes how long it may wait") {
    gyre::event_loop loop(gyre::test::options());
    settle(loop);
    CHECK_FALSE(loop.next_timeout());
    bool called = false;
    loop.call_soon([&] { called = true; });
    REQUIRE(readable(loop.poll_fd(), 10'000));
    follow_fd_until(loop, [&] { return called; });
    settle(loop);

    auto timer = loop.call_later(1h, [] {});
    REQUIRE(readable(loop.poll_fd(), 10'000));
    settle(loop);
    REQUIRE(loop.next_timeout());
    CHECK(*loop.next_timeout() > 59min);
    timer.cancel();
}

TEST_CASE("poll_fd tells of every callback from outside, not only of the first") {
    gyre::event_loop loop(gyre::test::options());
    settle(loop);
    int called = 0;
    for (int i = 1; i <= 5; ++i) {
        loop.call_soon_threadsafe([&] { ++called; });
        REQUIRE(readable(loop.poll_fd(), 10'000));
        follow_fd_until(loop, [&] { return called == i; });
        settle(loop);
        CHECK_FALSE(readable(loop.poll_fd(), 0));
    }
}

TEST_CASE("poll_fd tells of every event of an eventfd that a task waits for") {
    gyre::event_loop loop(gyre::test::options());
    const gyre::detail::unique_fd source(::eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK));
    int events = 0;
    auto listener = [&]() -> gyre::task<> {
        while (true) {
            co_await gyre::wait_readable(source.get());
            eventfd_t value = 0;
            ::eventfd_read(source.get(), &value);
            ++events;
        }
    };
    auto listening = loop.spawn(listener());
    settle(loop);
    for (int i = 1; i <= 5; ++i) {
        ::eventfd_write(source.get(), 1);
        REQUIRE(readable(loop.poll_fd(), 10'000));
        follow_fd_until(loop, [&] { return events == i; });
        settle(loop);
    }
    listening.cancel();
}

TEST_CASE("poll_fd stays the same, and tells, when the loop is run in another thread") {
    gyre::event_loop loop(gyre::test::options());
    const int fd = loop.poll_fd();
    settle(loop);
    int ran = 0;
    std::thread other([&] {
        CHECK(loop.poll_fd() == fd);
        settle(loop);
        for (int i = 1; i <= 2; ++i) {
            loop.spawn(note(ran));
            CHECK(readable(fd, 10'000));
            while (ran < i) loop.poll();
            settle(loop);
        }
    });
    other.join();
    CHECK(ran == 2);
}

TEST_CASE("a host ends a sleeping task by a call_soon") {
    gyre::event_loop loop(gyre::test::options());
    auto sleeper = []() -> gyre::task<> { co_await gyre::sleep(1h); };
    auto sleeping = loop.spawn(sleeper());
    settle(loop);
    loop.call_soon([&] { sleeping.cancel(); });
    follow_fd_until(loop, [&] { return sleeping.done(); });
    CHECK(sleeping.cancelled());
}

TEST_CASE("a task that spawns another does not wake the host") {
    gyre::event_loop loop(gyre::test::options());
    settle(loop);
    int ran = 0;
    auto spawner = [&]() -> gyre::task<> {
        for (int i = 0; i < 10; ++i) {
            const auto child = gyre::spawn(note(ran));
            co_await child;
        }
    };
    const auto spawned = loop.spawn(spawner());
    follow_fd_until(loop, [&] { return spawned.done(); });
    settle(loop);
    CHECK(ran == 10);
    CHECK_FALSE(readable(loop.poll_fd(), 0));
}
