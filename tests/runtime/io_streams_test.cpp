// Pipes, terminals, eventfds and readiness, as both backends carry out operations on them.
#include <poll.h>
#include <pty.h>
#include <sys/eventfd.h>
#include <sys/timerfd.h>
#include <sys/uio.h>

#include "io_harness.hpp"

using namespace gyre::test;
using namespace std::chrono_literals;

namespace {

int mode_of(int fd) { return ::fcntl(fd, F_GETFL); }

struct terminal {
    terminal() {
        int one = -1;
        int other = -1;
        REQUIRE(::openpty(&one, &other, nullptr, nullptr, nullptr) == 0);
        master.reset(one);
        slave.reset(other);
    }
    unique_fd master, slave;
};

}  // namespace

TEST_CASE("a read from an empty pipe waits; at its end it gives 0") {
    const no_fd_leak leaks;
    backend_rig rig;
    pipe_pair pipe;
    const int mode = mode_of(pipe.reader.get());
    std::array<char, 8> buffer{};
    const auto op = into(opcode::read, pipe.reader.get(), buffer.data(), buffer.size());
    rig.submit(op);
    rig.settle();
    CHECK_FALSE(op->done());
    CHECK(::write(pipe.writer.get(), "data", 4) == 4);
    CHECK(rig.finish(*op) == 4);
    CHECK(std::string(buffer.data(), 4) == "data");
    const auto last = into(opcode::read, pipe.reader.get(), buffer.data(), buffer.size());
    rig.submit(last);
    rig.settle();
    pipe.writer.reset();
    CHECK(rig.finish(*last) == 0);
    // Others may share the open file: its mode is theirs too.
    CHECK(mode_of(pipe.reader.get()) == mode);
}

TEST_CASE("a write of more than a pipe holds does not hold up the loop, and arrives whole") {
    backend_rig rig;
    const pipe_pair pipe;
    std::string sent;
    for (int i = 0; sent.size() < 300'000; ++i) sent += std::to_string(i) + ' ';
    std::string received;
    std::array<char, 10'000> buffer{};
    std::size_t out = 0;
    std::unique_ptr<recorded> writer;
    std::unique_ptr<recorded> reader;
    while (received.size() < sent.size()) {
        if (!writer && out < sent.size()) {
            writer = from(opcode::write, pipe.writer.get(), sent.data() + out, sent.size() - out);
            rig.submit(writer);
        }
        if (!reader) {
            reader = into(opcode::read, pipe.reader.get(), buffer.data(), buffer.size());
            rig.submit(reader);
        }
        rig.io->poll(std::nullopt);
        if (writer && writer->done()) {
            REQUIRE(writer->result > 0);
            out += static_cast<std::size_t>(writer->result);
            writer.reset();
        }
        if (reader->done()) {
            REQUIRE(reader->result > 0);
            received.append(buffer.data(), static_cast<std::size_t>(reader->result));
            reader.reset();
        }
    }
    CHECK(received == sent);
}

TEST_CASE("an eventfd in blocking mode can be read and written") {
    backend_rig rig;
    const unique_fd event(::eventfd(0, EFD_CLOEXEC));
    std::uint64_t value = 0;
    const auto op = into(opcode::read, event.get(), &value, sizeof value);
    rig.submit(op);
    rig.settle();
    CHECK_FALSE(op->done());
    const std::uint64_t seven = 7;
    CHECK(rig.run(from(opcode::write, event.get(), &seven, sizeof seven)) == 8);
    CHECK(rig.finish(*op) == 8);
    CHECK(value == 7);
}

TEST_CASE("a terminal can be read and written, in blocking mode and for others to share") {
    const no_fd_leak leaks;
    backend_rig rig;
    terminal tty;
    const int mode = mode_of(tty.slave.get());
    std::array<char, 32> buffer{};
    const auto op = into(opcode::read, tty.slave.get(), buffer.data(), buffer.size());
    rig.submit(op);
    rig.settle();
    CHECK_FALSE(op->done());
    CHECK(::write(tty.master.get(), "line\n", 5) == 5);
    CHECK(rig.finish(*op) == 5);
    CHECK(std::string(buffer.data(), 5) == "line\n");
    CHECK(rig.run(from(opcode::write, tty.slave.get(), "out", 3)) == 3);
    CHECK(mode_of(tty.slave.get()) == mode);
    // Nobody types any more.
    const auto never = into(opcode::read, tty.slave.get(), buffer.data(), buffer.size());
    rig.submit(never);
    rig.settle();
    rig.io->cancel(*never);
    CHECK(rig.finish(*never) == -ECANCELED);
}

TEST_CASE("devices that are always ready need no waiting") {
    backend_rig rig;
    const unique_fd null(::open("/dev/null", O_RDWR | O_CLOEXEC));
    std::array<char, 8> buffer{};
    CHECK(rig.run(into(opcode::read, null.get(), buffer.data(), buffer.size())) == 0);
    CHECK(rig.run(from(opcode::write, null.get(), "x", 1)) == 1);
    const unique_fd random(::open("/dev/urandom", O_RDONLY | O_CLOEXEC));
    CHECK(rig.run(into(opcode::read, random.get(), buffer.data(), buffer.size())) == 8);
}

TEST_CASE("poll waits for the events it was asked for, and for no others") {
    const no_fd_leak leaks;
    backend_rig rig;
    socket_pair pair;
    CHECK(rig.run(poll_for(pair.here.get(), POLLOUT)) == POLLOUT);
    CHECK(rig.run(poll_for(pair.here.get(), POLLIN | POLLOUT)) == POLLOUT);

    const auto input = poll_for(pair.here.get(), POLLIN);
    const auto input_too = poll_for(pair.here.get(), POLLIN | POLLPRI);
    const auto hang_up = poll_for(pair.here.get(), POLLRDHUP);
    for (const auto* op : {&input, &input_too, &hang_up}) rig.submit(*op);
    rig.settle();
    CHECK_FALSE(input->done());
    CHECK(::send(pair.there.get(), "x", 1, 0) == 1);
    CHECK(rig.finish(*input) == POLLIN);
    CHECK((rig.finish(*input_too) & POLLIN) != 0);
    // What it does not wait for is there all the time now.
    rig.settle();
    CHECK_FALSE(hang_up->done());
    CHECK(::shutdown(pair.there.get(), SHUT_WR) == 0);
    CHECK((rig.finish(*hang_up) & POLLRDHUP) != 0);
    // A pipe, for io_uring reports the half-closed socket to whoever asks for a full hang-up.
    pipe_pair pipe;
    const auto gone = poll_for(pipe.reader.get(), POLLHUP);
    rig.submit(gone);
    CHECK(::write(pipe.writer.get(), "x", 1) == 1);
    rig.settle();
    CHECK_FALSE(gone->done());
    pipe.writer.reset();
    CHECK((rig.finish(*gone) & POLLHUP) != 0);
}

TEST_CASE("poll on a file is ready at once, on a closed number an error") {
    const no_fd_leak leaks;
    backend_rig rig;
    const unique_fd file(::open("/proc/self/exe", O_RDONLY | O_CLOEXEC));
    CHECK((rig.run(poll_for(file.get(), POLLIN)) & POLLIN) != 0);
    CHECK(rig.run(poll_for(-1, POLLIN)) == -EBADF);
}

TEST_CASE("a thousand descriptors wait side by side") {
    const no_fd_leak leaks;
    backend_rig rig;
    std::vector<unique_fd> events;
    std::vector<std::uint64_t> values(500);
    std::vector<std::unique_ptr<recorded>> reads;
    std::vector<std::unique_ptr<recorded>> polls;
    for (std::size_t i = 0; i < values.size(); ++i) {
        events.emplace_back(::eventfd(0, EFD_CLOEXEC | EFD_SEMAPHORE));
        reads.push_back(into(opcode::read, events.back().get(), &values[i], sizeof values[i]));
        rig.submit(reads.back());
        const unique_fd& polled = events.emplace_back(::eventfd(0, EFD_CLOEXEC));
        polls.push_back(poll_for(polled.get(), POLLIN));
        rig.submit(polls.back());
    }
    rig.settle();
    for (const unique_fd& event : events) REQUIRE(::eventfd_write(event.get(), 1) == 0);
    for (const auto& op : reads) REQUIRE(rig.finish(*op) == 8);
    for (const auto& op : polls) REQUIRE(rig.finish(*op) == POLLIN);
}

TEST_CASE("a wait ends at its time, to a fraction of a millisecond") {
    using clock = std::chrono::steady_clock;
    backend_rig rig;
    const pipe_pair pipe;
    const auto op = poll_for(pipe.reader.get(), POLLIN);
    rig.submit(op);
    rig.settle();
    // Not one measurement, the machine may be busy: the best of many must be close.
    clock::duration best = 1h;
    for (int i = 0; i < 50; ++i) {
        const auto start = clock::now();
        rig.io->poll(300us);
        const auto took = clock::now() - start;
        REQUIRE(took >= 290us);
        best = std::min<clock::duration>(best, took);
    }
    CHECK(best < 900us);
    // A later wait is not cut short by an earlier one's time, nor the other way round.
    rig.io->poll(1ms);
    const auto start = clock::now();
    rig.io->poll(0ns);
    while (clock::now() - start < 20ms) rig.io->poll(start + 20ms - clock::now());
    CHECK_FALSE(op->done());
    CHECK(::write(pipe.writer.get(), "x", 1) == 1);
    CHECK(rig.finish(*op) == POLLIN);
}
