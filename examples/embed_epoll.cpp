// A program that has its own epoll loop, and a gyre loop in the same thread: the host waits for both, and tells gyre when it is its turn.
//
// The host has a timerfd that ticks and a pipe with what comes back from gyre; gyre has a task that sleeps and one that answers
// each tick of the host. Both kinds of work go on side by side.
#include <gyre/runtime/runtime.hpp>

#include <fcntl.h>
#include <sys/epoll.h>
#include <sys/timerfd.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <chrono>
#include <cstdint>
#include <cstdio>
#include <system_error>
#include <utility>

using namespace std::chrono_literals;

namespace {

template <class Result>
Result check(Result result, const char* what) {
    if (result < 0) throw std::system_error(errno, std::generic_category(), what);
    return result;
}

// ---------------------------------------------------------------- gyre's part: plain tasks that know nothing of the host

gyre::task<> count_sleeps() {
    for (int i = 1; i <= 5; ++i) {
        co_await gyre::sleep(30ms);
        std::printf("gyre: slept %d times\n", i);
    }
}

// Sends back each byte that comes, until the other end is closed.
gyre::task<> echo(int from, int to) {
    char byte = 0;
    while (true) {
        co_await gyre::wait_readable(from);
        if (check(::read(from, &byte, 1), "read") == 0) co_return;
        check(::write(to, &byte, 1), "write");
    }
}

gyre::task<> gyre_work(int from_host, int to_host) { co_await gyre::gather(count_sleeps(), echo(from_host, to_host)); }

// ---------------------------------------------------------------- the host's part

class host {
public:
    host() {
        const itimerspec every_50ms{{0, 50'000'000}, {0, 50'000'000}};
        check(::timerfd_settime(timer_, 0, &every_50ms, nullptr), "timerfd_settime");
        check(::pipe2(to_gyre_.data(), O_CLOEXEC), "pipe2");
        check(::pipe2(from_gyre_.data(), O_CLOEXEC), "pipe2");
        watch(timer_);
        watch(from_gyre_[0]);
    }
    host(const host&) = delete;
    ~host() {
        for (const int fd : {epoll_, timer_, to_gyre_[0], to_gyre_[1], from_gyre_[0], from_gyre_[1]})
            if (fd >= 0) ::close(fd);
    }

    void run() {
        gyre::event_loop loop;
        const auto work = loop.spawn(gyre_work(to_gyre_[0], from_gyre_[1]));
        watch(loop.poll_fd());

        while (!work.done()) {
            // Wait for the host's own events, for gyre's, or until a gyre timer is due.
            std::array<epoll_event, 16> events{};
            const int count = ::epoll_wait(epoll_, events.data(), static_cast<int>(events.size()), milliseconds_until_due(loop));
            if (count < 0 && errno != EINTR) check(count, "epoll_wait");
            for (int i = 0; i < count; ++i) {
                const int fd = events[static_cast<std::size_t>(i)].data.fd;
                if (fd == timer_) on_tick();
                if (fd == from_gyre_[0]) on_reply();
            }
            // One turn for gyre. It costs little when there is nothing to do, so there is no need to ask whose event it was.
            loop.poll();
        }
        work.result();  // throws what the work failed with
    }

private:
    static constexpr int last_tick = 5;

    static int milliseconds_until_due(const gyre::event_loop& loop) {
        const auto timeout = loop.next_timeout();
        if (!timeout) return -1;
        return static_cast<int>(std::min(std::chrono::ceil<std::chrono::milliseconds>(*timeout), std::chrono::milliseconds(1h)).count());
    }

    void watch(int fd) const {
        epoll_event event{};
        event.events = EPOLLIN;
        event.data.fd = fd;
        check(::epoll_ctl(epoll_, EPOLL_CTL_ADD, fd, &event), "epoll_ctl");
    }

    void on_tick() {
        std::uint64_t expirations = 0;
        check(::read(timer_, &expirations, sizeof expirations), "read");
        if (ticks_ == last_tick) return;
        std::printf("host: tick %d\n", ++ticks_);
        const char byte = static_cast<char>('0' + ticks_);
        check(::write(to_gyre_[1], &byte, 1), "write");
    }

    void on_reply() {
        char byte = 0;
        check(::read(from_gyre_[0], &byte, 1), "read");
        std::printf("host: gyre answered tick %c\n", byte);
        // The end of the pipe ends gyre's echo(), and with it the program.
        if (byte == '0' + last_tick) ::close(std::exchange(to_gyre_[1], -1));
    }

    int epoll_ = check(::epoll_create1(EPOLL_CLOEXEC), "epoll_create1");
    int timer_ = check(::timerfd_create(CLOCK_MONOTONIC, TFD_CLOEXEC | TFD_NONBLOCK), "timerfd_create");
    std::array<int, 2> to_gyre_{-1, -1};
    std::array<int, 2> from_gyre_{-1, -1};
    int ticks_ = 0;
};

}  // namespace

int main() { host().run(); }
