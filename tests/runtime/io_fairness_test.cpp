// ctest: threads
// A loop that is always busy still finds its I/O, and one that idles does not spin.
#include <poll.h>
#include <gyre/runtime/loop/event_loop.hpp>
#include <gyre/runtime/loop/sleep.hpp>
#include <gyre/runtime/loop/spawn.hpp>
#include <gyre/runtime/loop/wait_fd.hpp>

#include <ctime>
#include <thread>

#include "io_harness.hpp"

using namespace gyre::test;
using namespace std::chrono_literals;

namespace {

// The smallest awaiter there can be, as net and fs write theirs.
class recv_awaiter final : public gyre::detail::io_awaiter {
public:
    recv_awaiter(int socket, void* into, std::size_t room) noexcept : io_awaiter(opcode::recv) {
        fd = socket;
        buffer = into;
        size = room;
    }
    int await_resume() { return finish(); }
};

recv_awaiter receive(int socket, void* into, std::size_t room) { return recv_awaiter(socket, into, room); }

gyre::task<> spin(const bool& over, long& yields) {
    while (!over) {
        co_await gyre::yield();
        ++yields;
    }
}

gyre::duration cpu_time() {
    timespec now{};
    ::clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &now);
    return std::chrono::seconds(now.tv_sec) + std::chrono::nanoseconds(now.tv_nsec);
}

}  // namespace

TEST_CASE("a task that is always ready does not keep others from their I/O") {
    const socket_pair pair;
    gyre::event_loop loop;
    bool over = false;
    long yields = 0;
    long most = 0;
    auto echo = [&]() -> gyre::task<> {
        char byte = 0;
        for (int i = 0; i < 200; ++i) {
            auto waiting = gyre::spawn(
                [](int fd, char* to) -> gyre::task<int> {
                    const int got = co_await receive(fd, to, 1);
                    co_return got;
                },
                pair.here.get(), &byte);
            // It waits in the kernel, and the spinner has had many turns, before the byte comes.
            const long start = yields;
            while (yields < start + 100) co_await gyre::yield();
            const long sent_at = yields;
            CHECK(::send(pair.there.get(), "x", 1, 0) == 1);
            const int got = co_await waiting;
            CHECK(got == 1);
            most = std::max(most, yields - sent_at);
        }
        over = true;
    };
    auto spinner = loop.spawn(spin(over, yields));
    loop.run_until_complete(echo());
    loop.run_until_complete(std::move(spinner));
    CHECK(yields > 0);
    // Some ten microseconds' worth, with room for a slow machine.
    CHECK(most < 200'000);
}

TEST_CASE("file operations complete while a task is always ready") {
    scratch_folder folder;
    const unique_fd file = folder.create("file");
    gyre::event_loop loop;
    bool over = false;
    long yields = 0;
    auto spinner = loop.spawn(spin(over, yields));
    auto work = [&]() -> gyre::task<> {
        for (int i = 0; i < 20; ++i) co_await gyre::wait_readable(file.get());
        over = true;
    };
    loop.run_until_complete(work());
    loop.run_until_complete(std::move(spinner));
}

TEST_CASE("a loop whose tasks all wait for I/O uses no time") {
    const socket_pair pair;
    gyre::event_loop loop;
    auto reader = [&]() -> gyre::task<int> {
        char byte = 0;
        const int got = co_await receive(pair.here.get(), &byte, 1);
        co_return got;
    };
    auto waiting = loop.spawn(reader());
    auto nap = []() -> gyre::task<> { co_await gyre::sleep(300ms); };
    const auto before = cpu_time();
    loop.run_until_complete(nap());
    CHECK(cpu_time() - before < 100ms);
    CHECK(::send(pair.there.get(), "x", 1, 0) == 1);
    CHECK(loop.run_until_complete(std::move(waiting)) == 1);
}

TEST_CASE("a host that follows poll_fd and next_timeout sleeps while nothing happens, and misses nothing") {
    const socket_pair pair;
    gyre::event_loop loop;
    int received = 0;
    auto reader = [&]() -> gyre::task<> {
        char byte = 0;
        for (int i = 0; i < 100; ++i) received += co_await receive(pair.here.get(), &byte, 1);
    };
    auto waiting = loop.spawn(reader());
    pollfd watched{loop.poll_fd(), POLLIN, 0};
    int turns = 0;
    int idle = 0;
    for (int sent = 0; !waiting.done();) {
        loop.poll();
        ++turns;
        REQUIRE(turns < 3000);
        if (const auto timeout = loop.next_timeout(); timeout && timeout->count() == 0) continue;
        if (::poll(&watched, 1, 0) != 0) continue;
        // Nothing to do: only now the next byte.
        ++idle;
        if (sent < 100) {
            ++sent;
            REQUIRE(::send(pair.there.get(), "x", 1, 0) == 1);
        }
    }
    CHECK(received == 100);
    CHECK(idle >= 100);
}

TEST_CASE("a loop that was made in one thread runs in another, with I/O") {
    const socket_pair pair;
    gyre::event_loop loop;
    auto reader = [&]() -> gyre::task<int> {
        char byte = 0;
        const int got = co_await receive(pair.here.get(), &byte, 1);
        co_return got;
    };
    int got = 0;
    std::thread runner([&] {
        auto waiting = loop.spawn(reader());
        auto sender = [&]() -> gyre::task<> {
            co_await gyre::sleep(1ms);
            ::send(pair.there.get(), "x", 1, 0);
        };
        auto sending = loop.spawn(sender());
        got = loop.run_until_complete(std::move(waiting));
        loop.run_until_complete(std::move(sending));
        loop.close();
    });
    runner.join();
    CHECK(got == 1);
}
