// ctest: threads
// Waking a backend that waits, from threads and signal handlers, and hosts that watch its fd.
#include <poll.h>
#include <sys/epoll.h>
#include <sys/eventfd.h>

#include <atomic>
#include <thread>

#include "io_harness.hpp"
#include "support/sanitizers.hpp"

using namespace gyre::test;
using namespace std::chrono_literals;

namespace {

bool readable(int fd, int timeout_ms = 0) {
    pollfd one{fd, POLLIN, 0};
    return ::poll(&one, 1, timeout_ms) == 1;
}

// As a host's own loop would watch it.
class host_epoll {
public:
    explicit host_epoll(int fd) : set_(::epoll_create1(EPOLL_CLOEXEC)) {
        epoll_event event{};
        event.events = EPOLLIN;
        REQUIRE(::epoll_ctl(set_.get(), EPOLL_CTL_ADD, fd, &event) == 0);
    }
    bool ready(int timeout_ms = 0) const {
        epoll_event event{};
        return ::epoll_wait(set_.get(), &event, 1, timeout_ms) == 1;
    }

private:
    unique_fd set_;
};

}  // namespace

TEST_CASE("a wake-up ends the next wait, also when it came first") {
    backend_rig rig;
    rig.io->wake();
    rig.io->poll(std::nullopt);
    rig.io->wake();
    rig.io->wake();
    rig.io->poll(1h);
}

TEST_CASE("no wake-up of four threads is lost, a hundred thousand times") {
    constexpr int threads = 4;
    constexpr int each = 25'000;
    backend_rig rig;
    // Each thread asks, wakes, and waits for the answer before it asks again: one wake-up lost is a hang.
    struct alignas(64) channel {
        std::atomic<int> asked = 0;
        std::atomic<int> answered = 0;
    };
    std::array<channel, threads> channels;
    std::vector<std::thread> askers;
    for (channel& c : channels)
        askers.emplace_back([&c, &rig] {
            for (int i = 1; i <= each; ++i) {
                c.asked.store(i, std::memory_order_release);
                rig.io->wake();
                c.answered.wait(i - 1, std::memory_order_acquire);
            }
        });
    int answers = 0;
    while (answers < threads * each) {
        rig.io->poll(std::nullopt);
        for (channel& c : channels) {
            const int asked = c.asked.load(std::memory_order_acquire);
            if (asked == c.answered.load(std::memory_order_relaxed)) continue;
            c.answered.store(asked, std::memory_order_release);
            c.answered.notify_one();
            ++answers;
        }
    }
    for (std::thread& t : askers) t.join();
    CHECK(answers == threads * each);
}

TEST_CASE("wake-ups and I/O go on beside each other") {
    backend_rig rig;
    const socket_pair pair;
    std::atomic<bool> over = false;
    std::thread waker([&] {
        while (!over) rig.io->wake();
    });
    char byte = 0;
    for (int i = 0; i < 2000; ++i) {
        const auto op = into(opcode::recv, pair.here.get(), &byte, 1);
        rig.submit(op);
        if (i % 2 == 0) rig.poll_now();
        CHECK(::send(pair.there.get(), "x", 1, 0) == 1);
        REQUIRE(rig.finish(*op) == 1);
    }
    over = true;
    waker.join();
}

TEST_CASE("a signal handler wakes a wait and leaves errno as it was") {
    if (gyre::test::under_thread_sanitizer) return;
    backend_rig rig;
    static std::atomic<gyre::detail::backend*> target = nullptr;
    static std::atomic<int> errno_after = 0;
    target = rig.io.get();
    struct sigaction before{};
    struct sigaction action{};
    action.sa_handler = [](int) {
        const int error = errno;
        errno = 4711;
        target.load()->wake();
        errno_after = errno;
        errno = error;
    };
    ::sigaction(SIGUSR1, &action, &before);
    const pthread_t self = ::pthread_self();
    for (int i = 0; i < 100; ++i) {
        std::thread killer([self] { ::pthread_kill(self, SIGUSR1); });
        rig.io->poll(std::nullopt);
        killer.join();
    }
    ::sigaction(SIGUSR1, &before, nullptr);
    CHECK(errno_after == 4711);
}

TEST_CASE("a backend that was made in one thread runs in another") {
    const no_fd_leak leaks;
    for (int i = 0; i < 20; ++i) {
        auto io = gyre::detail::make_backend("");
        int result = 0;
        std::thread runner([&] {
            const socket_pair pair;
            char byte = 0;
            const auto op = into(opcode::recv, pair.here.get(), &byte, 1);
            io->submit(*op);
            io->poll(1ms);
            ::send(pair.there.get(), "x", 1, 0);
            while (!op->done()) io->poll(std::nullopt);
            result = op->result;
        });
        runner.join();
        CHECK(result == 1);
        // And then in this one again.
        const auto op = std::make_unique<recorded>(opcode::nop);
        io->submit(*op);
        while (!op->done()) io->poll(std::nullopt);
    }
}

TEST_CASE("file operations complete across threads and can be waited for") {
    const no_fd_leak leaks;
    scratch_folder folder;
    const unique_fd file = folder.create("file");
    backend_rig rig;
    std::array<char, 4096> block{};
    for (int i = 0; i < 500; ++i) {
        const auto op = from(opcode::write, file.get(), block.data(), block.size(), static_cast<std::uint64_t>(i) * block.size());
        rig.submit(op);
        while (!op->done()) rig.io->poll(10s);
        REQUIRE(op->result == 4096);
    }
}

TEST_CASE("a backend goes away while cancelled file operations are still with its threads") {
    const no_fd_leak leaks;
    scratch_folder folder;
    const unique_fd file = folder.create("file");
    const std::string block(1 << 20, 'b');
    for (int round = 0; round < 20; ++round) {
        backend_rig rig;
        std::vector<std::unique_ptr<recorded>> ops;
        for (std::uint64_t i = 0; i < 32; ++i) {
            ops.push_back(from(opcode::write, file.get(), block.data(), block.size(), 0));
            rig.submit(ops.back());
        }
        rig.poll_now();
        for (const auto& op : ops)
            if (!op->done()) rig.io->cancel(*op);
        for (const auto& op : ops) rig.finish(*op);
    }
}

TEST_CASE("poll_fd is readable when poll() would complete something, and quiet otherwise") {
    const no_fd_leak leaks;
    backend_rig rig;
    const int fd = rig.io->poll_fd();
    CHECK(rig.io->poll_fd() == fd);
    const host_epoll host(fd);
    const socket_pair pair;
    char byte = 0;
    for (int i = 0; i < 100; ++i) {
        const auto op = into(opcode::recv, pair.here.get(), &byte, 1);
        rig.submit(op);
        rig.settle();
        rig.poll_now();
        REQUIRE_FALSE(host.ready());
        REQUIRE_FALSE(rig.io->wants_poll());
        REQUIRE(::send(pair.there.get(), "x", 1, 0) == 1);
        REQUIRE(host.ready(10'000));
        REQUIRE(rig.io->wants_poll());
        rig.poll_now();
        REQUIRE(op->done());
        REQUIRE(op->result == 1);
    }
    SECTION("a wake-up makes it readable") {
        std::thread waker([&] { rig.io->wake(); });
        CHECK(host.ready(10'000));
        waker.join();
        while (rig.io->wants_poll()) rig.poll_now();
        CHECK_FALSE(host.ready());
    }
    SECTION("the end of a file operation makes it readable") {
        scratch_folder folder;
        const unique_fd file = folder.create("file");
        for (int i = 0; i < 50; ++i) {
            const auto op = from(opcode::write, file.get(), "data", 4, 0);
            rig.submit(op);
            rig.poll_now();
            while (!op->done()) {
                REQUIRE(host.ready(10'000));
                rig.poll_now();
            }
            REQUIRE(op->result == 4);
        }
    }
}

TEST_CASE("poll_fd still tells after its operations were waited for in the usual way") {
    backend_rig rig;
    const pipe_pair pipe;
    char byte = 0;
    const auto before = into(opcode::read, pipe.reader.get(), &byte, 1);
    rig.submit(before);
    rig.settle();
    // Already waiting when the host first asks.
    const int fd = rig.io->poll_fd();
    CHECK(::write(pipe.writer.get(), "x", 1) == 1);
    CHECK(readable(fd, 10'000));
    CHECK(rig.finish(*before) == 1);
    rig.poll_now();
    CHECK_FALSE(readable(fd));
    const auto after = into(opcode::read, pipe.reader.get(), &byte, 1);
    rig.submit(after);
    rig.settle();
    CHECK_FALSE(readable(fd));
    CHECK(::write(pipe.writer.get(), "x", 1) == 1);
    CHECK(readable(fd, 10'000));
    CHECK(rig.finish(*after) == 1);
}
