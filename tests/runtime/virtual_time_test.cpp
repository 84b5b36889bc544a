// The clock that jumps: what it waits for, what it does not.
#include <sys/socket.h>
#include <unistd.h>

#include <array>
#include <string>

#include "support/test.hpp"

using gyre::task;
using namespace std::chrono_literals;

namespace {

class socket_pair {
public:
    socket_pair() { REQUIRE(::socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, ends_.data()) == 0); }
    socket_pair(const socket_pair&) = delete;
    ~socket_pair() {
        for (int fd : ends_) ::close(fd);
    }
    int left() const { return ends_[0]; }
    int right() const { return ends_[1]; }

private:
    std::array<int, 2> ends_{};
};

// Answers each byte with the next one.
task<> answers(int fd) {
    for (char c = 0;;) {
        co_await gyre::wait_readable(fd);
        if (::read(fd, &c, 1) != 1) co_return;
        ++c;
        if (::write(fd, &c, 1) != 1) co_return;
    }
}

}  // namespace

GYRE_TEST_VIRTUAL("no time passes while tasks talk to one another", "[virtual]") {
    const socket_pair ends;
    const gyre::test::loop_stopwatch clock;
    auto peer = gyre::spawn(answers(ends.right()));
    auto clock_of_others = gyre::spawn([]() -> task<> { co_await gyre::sleep(1h); }());
    char c = 0;
    for (int i = 0; i < 100; ++i) {
        REQUIRE(::write(ends.left(), &c, 1) == 1);
        co_await gyre::wait_readable(ends.left());
        REQUIRE(::read(ends.left(), &c, 1) == 1);
    }
    CHECK(c == 100);
    CHECK(clock.elapsed() == 0s);
    peer.cancel();
    clock_of_others.cancel();
}

GYRE_TEST_VIRTUAL("a limit on I/O that never comes passes at once, at its exact time", "[virtual]") {
    const socket_pair ends;
    const gyre::test::loop_stopwatch clock;
    const gyre::test::wall_stopwatch wall;
    auto reads = [](int fd) -> task<> { co_await gyre::wait_readable(fd); };
    bool timed_out = false;
    try {
        co_await gyre::wait_for(reads(ends.left()), 1h);
    } catch (const gyre::timeout_error&) {
        timed_out = true;
    }
    CHECK(timed_out);
    CHECK(clock.elapsed() == 1h);
    CHECK(wall.elapsed() < 30s);
}

GYRE_TEST_VIRTUAL("a listener that waits for ever does not slow a thousand sleeps down", "[virtual]") {
    const socket_pair ends;
    auto listener = gyre::spawn([](int fd) -> task<> { co_await gyre::wait_readable(fd); }(ends.left()));
    const gyre::test::loop_stopwatch clock;
    const gyre::test::wall_stopwatch wall;
    for (int i = 0; i < 1000; ++i) co_await gyre::sleep(1s);
    CHECK(clock.elapsed() == 1000s);
    CHECK(wall.elapsed() < 10s);  // 20 ms for each would be 20 s
    listener.cancel();
}

GYRE_TEST_VIRTUAL("a timer's task that feeds the I/O is heard before the next timer", "[virtual]") {
    const socket_pair ends;
    const gyre::test::loop_stopwatch clock;
    gyre::duration heard{};
    auto listens = [&]() -> task<> {
        co_await gyre::wait_readable(ends.left());
        heard = clock.elapsed();
    };
    auto listener = gyre::spawn(listens());
    co_await gyre::sleep(1s);
    co_await gyre::sleep(1s);
    REQUIRE(::write(ends.right(), "x", 1) == 1);
    co_await gyre::sleep(1s);
    CHECK(heard == 2s);
    co_await listener;
}
