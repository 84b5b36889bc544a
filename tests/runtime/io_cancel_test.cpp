// Cancelling operations and closing descriptors: nothing is lost, nothing leaks, and a number that is used again is never mistaken for
// what it was.
#include <poll.h>
#include <sys/eventfd.h>
#include <sys/un.h>

#include <algorithm>
#include <random>

#include "io_harness.hpp"

using namespace gyre::test;
using namespace std::chrono_literals;

namespace {

std::unique_ptr<recorded> close_of(int fd) { return std::make_unique<recorded>(opcode::close, fd); }

// Moves what `fd` names to the number, which must be free.
void renumber(unique_fd& fd, int number) {
    if (fd.get() == number) return;
    REQUIRE(::dup3(fd.get(), number, O_CLOEXEC) == number);
    fd.reset(number);
}

}  // namespace

TEST_CASE("an operation that is cancelled before it starts ends with -ECANCELED or what it did, in poll()") {
    const no_fd_leak leaks;
    backend_rig rig;
    const socket_pair pair;
    std::array<char, 8> buffer{};
    const auto op = into(opcode::recv, pair.here.get(), buffer.data(), buffer.size());
    rig.submit(op);
    rig.io->cancel(*op);
    CHECK_FALSE(op->done());
    rig.io->cancel(*op);
    CHECK(rig.finish(*op) == -ECANCELED);
}

TEST_CASE("whatever waits is cancelled on request") {
    const no_fd_leak leaks;
    backend_rig rig;
    const socket_pair pair;
    const pipe_pair pipe;
    const loopback_listener listener;
    const std::string much(1 << 20, 'x');
    while (::send(pair.here.get(), much.data(), much.size(), MSG_DONTWAIT) > 0) {
    }
    std::array<char, 8> buffer{};
    std::vector<std::unique_ptr<recorded>> ops;
    ops.push_back(into(opcode::recv, pair.here.get(), buffer.data(), buffer.size()));
    ops.push_back(from(opcode::send, pair.here.get(), much.data(), much.size()));
    ops.push_back(into(opcode::read, pipe.reader.get(), buffer.data(), buffer.size()));
    ops.push_back(poll_for(pipe.reader.get(), POLLIN));
    ops.push_back(accept_on(listener.fd.get()));
    for (const auto& op : ops) rig.submit(op);
    rig.settle();
    for (const auto& op : ops) REQUIRE_FALSE(op->done());
    for (const auto& op : ops) rig.io->cancel(*op);
    for (const auto& op : ops) CHECK(rig.finish(*op) == -ECANCELED);
}

TEST_CASE("a connect that nobody answers is cancelled") {
    const no_fd_leak leaks;
    backend_rig rig;
    // A listener whose queue is full leaves further connections unanswered.
    const loopback_listener listener(0, 0);
    std::vector<unique_fd> sockets;
    std::vector<std::unique_ptr<recorded>> ops;
    do {
        REQUIRE(ops.size() < 20);
        sockets.push_back(tcp_socket());
        ops.push_back(connect_to(sockets.back().get(), &listener.address, sizeof listener.address));
        rig.submit(ops.back());
        rig.settle();
    } while (ops.back()->done());
    rig.io->cancel(*ops.back());
    CHECK(rig.finish(*ops.back()) == -ECANCELED);
}

TEST_CASE("cancelling one of several readers leaves the others") {
    backend_rig rig;
    const socket_pair pair;
    std::array<char, 3> buffers{};
    std::vector<std::unique_ptr<recorded>> readers;
    for (char& buffer : buffers) {
        readers.push_back(into(opcode::recv, pair.here.get(), &buffer, 1));
        rig.submit(readers.back());
    }
    rig.settle();
    const std::size_t victim = GENERATE(std::size_t{0}, std::size_t{1}, std::size_t{2});
    rig.io->cancel(*readers[victim]);
    CHECK(rig.finish(*readers[victim]) == -ECANCELED);
    CHECK(::send(pair.there.get(), "ab", 2, 0) == 2);
    std::string got;
    for (std::size_t i = 0; i < readers.size(); ++i) {
        if (i == victim) continue;
        CHECK(rig.finish(*readers[i]) == 1);
        got += buffers[i];
    }
    // The kernel does not say whom its ring serves first.
    if (rig.io->name() == "uring") std::sort(got.begin(), got.end());
    CHECK(got == "ab");
}

TEST_CASE("a cancel that races a completion, ten thousand times: every byte that came is delivered once") {
    const no_fd_leak leaks;
    backend_rig rig;
    const socket_pair pair;
    std::mt19937 random(20240229);
    const auto chance = [&](unsigned of) { return random() % of == 0; };
    std::uint64_t sent = 0;
    std::uint64_t received = 0;
    int cancelled = 0;
    for (int i = 0; i < 10'000; ++i) {
        char byte = '?';
        const auto op = into(opcode::recv, pair.here.get(), &byte, 1);
        const auto send_one = [&] {
            const char next = static_cast<char>(sent++);
            REQUIRE(::send(pair.there.get(), &next, 1, 0) == 1);
        };
        // The byte and the cancel come at all the places where they can.
        const bool due = sent != received;
        if (!due && chance(2)) send_one();
        rig.submit(op);
        if (chance(2)) rig.poll_now();
        if (sent == received && chance(2)) send_one();
        if (chance(2)) rig.poll_now();
        if (!op->done()) rig.io->cancel(*op);
        if (sent == received && chance(4)) send_one();
        const int result = rig.finish(*op);
        if (result == -ECANCELED) {
            ++cancelled;
            continue;
        }
        REQUIRE(result == 1);
        REQUIRE(byte == static_cast<char>(received));
        ++received;
    }
    while (received != sent) {
        char byte = '?';
        REQUIRE(rig.run(into(opcode::recv, pair.here.get(), &byte, 1)) == 1);
        REQUIRE(byte == static_cast<char>(received));
        ++received;
    }
    CHECK(cancelled > 100);
    CHECK(received > 100);
}

TEST_CASE("a cancelled accept never loses a connection or its descriptor") {
    const no_fd_leak leaks;
    backend_rig rig;
    const loopback_listener listener;
    int accepted = 0;
    int connected = 0;
    for (int i = 0; i < 1000; ++i) {
        const auto op = accept_on(listener.fd.get());
        rig.submit(op);
        if (i % 3 == 0) rig.poll_now();
        unique_fd client;
        if (i % 2 == 0) {
            client = tcp_socket();
            REQUIRE(::connect(client.get(), reinterpret_cast<const sockaddr*>(&listener.address), sizeof listener.address) == 0);
            ++connected;
        }
        if (i % 5 == 0) rig.poll_now();
        if (!op->done()) rig.io->cancel(*op);
        const int result = rig.finish(*op);
        if (result >= 0) {
            ++accepted;
            ::close(result);
        } else {
            REQUIRE(result == -ECANCELED);
        }
        const linger at_once{1, 0};
        if (client) ::setsockopt(client.get(), SOL_SOCKET, SO_LINGER, &at_once, sizeof at_once);
        // What the cancelled ones left is still in the queue.
        while (accepted < connected) {
            const int rest = rig.run(accept_on(listener.fd.get()));
            REQUIRE(rest >= 0);
            ::close(rest);
            ++accepted;
        }
    }
    CHECK(accepted == 500);
}

TEST_CASE("a file operation that is cancelled ends with its result or with -ECANCELED") {
    const no_fd_leak leaks;
    scratch_folder folder;
    const unique_fd file = folder.create("file");
    backend_rig rig;
    const std::string block(64 * 1024, 'b');
    std::vector<std::unique_ptr<recorded>> ops;
    for (std::uint64_t i = 0; i < 200; ++i) {
        ops.push_back(from(opcode::write, file.get(), block.data(), block.size(), i * block.size()));
        rig.submit(ops.back());
    }
    rig.poll_now();
    for (const auto& op : ops)
        if (!op->done()) rig.io->cancel(*op);
    int written = 0;
    int cancelled = 0;
    for (const auto& op : ops) {
        const int result = rig.finish(*op);
        if (result == -ECANCELED)
            ++cancelled;
        else if (result == static_cast<int>(block.size()))
            ++written;
    }
    CHECK(written + cancelled == 200);
    // What was taken out of the way does not stand in the way of what follows.
    std::array<char, 4> buffer{};
    CHECK(rig.run(from(opcode::write, file.get(), "done", 4, 0)) == 4);
    CHECK(rig.run(into(opcode::read, file.get(), buffer.data(), 4, 0)) == 4);
}

TEST_CASE("close ends what waits on the descriptor with -ECANCELED, and then closes it") {
    const no_fd_leak leaks;
    backend_rig rig;
    socket_pair pair;
    std::array<char, 8> buffer{};
    const int number = pair.here.release();
    const auto reader = into(opcode::recv, number, buffer.data(), buffer.size());
    const auto watcher = poll_for(number, POLLIN);
    rig.submit(reader);
    rig.submit(watcher);
    rig.settle();
    std::vector<recorded*> finished;
    SECTION("awaited") {
        const auto close = close_of(number);
        CHECK(rig.run(close) == 0);
    }
    SECTION("with nobody waiting for it") { rig.io->close_detached(number); }
    CHECK(rig.finish(*reader) == -ECANCELED);
    CHECK(rig.finish(*watcher) == -ECANCELED);
    rig.settle();
    CHECK(::fcntl(number, F_GETFD) < 0);
    CHECK(::recv(pair.there.get(), buffer.data(), 1, MSG_DONTWAIT) == 0);
}

TEST_CASE("close leaves what waits on other descriptors alone") {
    const no_fd_leak leaks;
    backend_rig rig;
    socket_pair closed;
    const socket_pair other;
    std::array<char, 8> buffer{};
    const auto reader = into(opcode::recv, other.here.get(), buffer.data(), buffer.size());
    rig.submit(reader);
    rig.settle();
    CHECK(rig.run(close_of(closed.here.release())) == 0);
    rig.settle();
    CHECK_FALSE(reader->done());
    CHECK(::send(other.there.get(), "x", 1, 0) == 1);
    CHECK(rig.finish(*reader) == 1);
}

TEST_CASE("a number that is used again, at once and many times, gives each stream its own bytes") {
    const no_fd_leak leaks;
    backend_rig rig;
    int number = -1;
    for (int i = 0; i < 2000; ++i) {
        socket_pair pair;
        if (number < 0) number = pair.here.get();
        renumber(pair.here, number);
        std::array<char, 16> buffer{};
        const auto reader = into(opcode::recv, number, buffer.data(), buffer.size());
        rig.submit(reader);
        rig.poll_now();
        const std::string text = "stream " + std::to_string(i);
        if (i % 2 == 0) {
            REQUIRE(::send(pair.there.get(), text.data(), text.size(), 0) == static_cast<ssize_t>(text.size()));
            REQUIRE(rig.finish(*reader) == static_cast<int>(text.size()));
            REQUIRE(std::string(buffer.data(), text.size()) == text);
        }
        // Bytes for a reader that is on its way out belong to it or to nobody.
        if (i % 4 == 1) REQUIRE(::send(pair.there.get(), "late", 4, 0) == 4);
        pair.here.release();
        if (i % 3 == 0) {
            REQUIRE(rig.run(close_of(number)) == 0);
        } else {
            rig.io->close_detached(number);
            while (::fcntl(number, F_GETFD) >= 0) rig.io->poll(1ms);
        }
        const int result = rig.finish(*reader);
        if (i % 2 != 0) REQUIRE((result == -ECANCELED || result == 4));
    }
}

TEST_CASE("a descriptor that somebody else closed does not disturb its number's next owner") {
    const no_fd_leak leaks;
    backend_rig rig;
    std::array<char, 8> buffer{};
    std::array<char, 8> other{};
    auto first = std::make_unique<socket_pair>();
    const int number = first->here.get();
    const bool watched_by_a_duplicate = GENERATE(false, true);
    const unique_fd duplicate(watched_by_a_duplicate ? ::fcntl(number, F_DUPFD_CLOEXEC, 100) : -1);
    const auto old = into(opcode::recv, number, buffer.data(), buffer.size());
    rig.submit(old);
    rig.settle();
    SECTION("when nothing waits on it any more") {
        rig.io->cancel(*old);
        CHECK(rig.finish(*old) == -ECANCELED);
    }
    SECTION("when something still does") {}
    first->here.reset();

    socket_pair second;
    renumber(second.here, number);
    const auto reader = into(opcode::recv, number, other.data(), other.size());
    rig.submit(reader);
    rig.settle();
    CHECK_FALSE(reader->done());
    CHECK(::send(second.there.get(), "new", 3, 0) == 3);
    CHECK(rig.finish(*reader) == 3);
    CHECK(std::string(other.data(), 3) == "new");
    if (!old->done()) {
        rig.io->cancel(*old);
        CHECK(rig.finish(*old) == -ECANCELED);
    }
}

TEST_CASE("close waits for a file operation that is under way") {
    const no_fd_leak leaks;
    scratch_folder folder;
    backend_rig rig;
    const std::string block(1 << 20, 'b');
    for (int round = 0; round < 20; ++round) {
        const int number = folder.create("file" + std::to_string(round)).release();
        std::vector<std::unique_ptr<recorded>> writes;
        for (std::uint64_t i = 0; i < 8; ++i) {
            writes.push_back(from(opcode::write, number, block.data(), block.size(), i * block.size()));
            rig.submit(writes.back());
        }
        rig.poll_now();
        // Another file under the number, the moment it is free.
        if (round % 2 == 0)
            REQUIRE(rig.run(close_of(number)) == 0);
        else
            rig.io->close_detached(number);
        while (::fcntl(number, F_GETFD) >= 0) rig.io->poll(1ms);
        unique_fd next = folder.create("next" + std::to_string(round));
        renumber(next, number);
        for (const auto& op : writes) {
            const int result = rig.finish(*op);
            REQUIRE((result == -ECANCELED || result == static_cast<int>(block.size())));
        }
        CHECK(::lseek(next.get(), 0, SEEK_END) == 0);
    }
}

TEST_CASE("operations that are cancelled and closed at random leave nothing behind") {
    const no_fd_leak leaks;
    backend_rig rig;
    std::mt19937 random(7);
    struct connection {
        socket_pair pair;
        std::vector<std::unique_ptr<recorded>> ops;
        std::array<char, 64> buffer{};
    };
    std::vector<std::unique_ptr<connection>> open;
    std::vector<std::unique_ptr<connection>> closing;
    const std::string bytes(64, 'x');
    for (int i = 0; i < 20'000; ++i) {
        const auto any = [&]() -> connection& { return *open[random() % open.size()]; };
        switch (random() % 8) {
            case 0:
                if (open.size() < 20) open.push_back(std::make_unique<connection>());
                break;
            case 1:
                if (open.empty()) break;
                std::swap(open[random() % open.size()], open.back());
                // Half of them politely.
                if (random() % 2 == 0) {
                    auto& ops = open.back()->ops;
                    ops.push_back(close_of(open.back()->pair.here.release()));
                    rig.submit(ops.back());
                } else {
                    rig.io->close_detached(open.back()->pair.here.release());
                }
                closing.push_back(std::move(open.back()));
                open.pop_back();
                break;
            case 2:
            case 3: {
                if (open.empty()) break;
                connection& c = any();
                c.ops.push_back(random() % 2 == 0 ? into(opcode::recv, c.pair.here.get(), c.buffer.data(), c.buffer.size())
                                                  : poll_for(c.pair.here.get(), POLLIN));
                rig.submit(c.ops.back());
                break;
            }
            case 4: {
                if (open.empty()) break;
                connection& c = any();
                c.ops.push_back(from(opcode::send, c.pair.here.get(), bytes.data(), bytes.size()));
                rig.submit(c.ops.back());
                break;
            }
            case 5:
                if (!open.empty()) ::send(any().pair.there.get(), bytes.data(), random() % 64, MSG_DONTWAIT);
                break;
            case 6:
                if (!open.empty())
                    for (const auto& op : any().ops)
                        if (!op->done()) rig.io->cancel(*op);
                break;
            default:
                rig.poll_now();
        }
        for (const auto& c : open) std::erase_if(c->ops, [](const auto& op) { return op->done(); });
        std::erase_if(closing, [](const auto& c) {
            return std::all_of(c->ops.begin(), c->ops.end(), [](const auto& op) { return op->done() && op->completions == 1; });
        });
    }
    for (const auto& c : open)
        for (const auto& op : c->ops) rig.io->cancel(*op);
    while (rig.io->in_flight() != 0 || rig.io->wants_poll()) rig.io->poll(1ms);
}

TEST_CASE("a cancelled operation's buffer is not written afterwards") {
    backend_rig rig;
    const socket_pair pair;
    for (int i = 0; i < 200; ++i) {
        auto buffer = std::make_unique<std::array<char, 32>>();
        const auto op = into(opcode::recv, pair.here.get(), buffer->data(), buffer->size());
        rig.submit(op);
        rig.poll_now();
        rig.io->cancel(*op);
        const int result = rig.finish(*op);
        REQUIRE(result == -ECANCELED);
        // AddressSanitizer sees what comes too late.
        buffer.reset();
        REQUIRE(::send(pair.there.get(), "x", 1, 0) == 1);
        rig.poll_now();
        char byte = 0;
        REQUIRE(::recv(pair.here.get(), &byte, 1, MSG_DONTWAIT) == 1);
    }
}
