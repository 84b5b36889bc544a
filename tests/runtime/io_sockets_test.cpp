// Sockets, as both backends carry out operations on them.
#include <netinet/tcp.h>
#include <poll.h>
#include <sys/uio.h>
#include <sys/un.h>

#include <algorithm>
#include <cstring>
#include <numeric>

#include "io_harness.hpp"

using namespace gyre::test;
using namespace std::chrono_literals;

namespace {

std::string some_bytes(std::size_t size) {
    std::string bytes(size, '\0');
    for (std::size_t i = 0; i < size; ++i) bytes[i] = static_cast<char>((i * 2654435761U) >> 13);
    return bytes;
}

void put(int fd, const std::string& text) {
    REQUIRE(::send(fd, text.data(), text.size(), MSG_NOSIGNAL) == static_cast<ssize_t>(text.size()));
}

// A connection over TCP, both ends in blocking mode.
struct tcp_pair {
    tcp_pair() : here(tcp_socket()) {
        const loopback_listener listener;
        REQUIRE(::connect(here.get(), reinterpret_cast<const sockaddr*>(&listener.address), sizeof listener.address) == 0);
        there.reset(::accept4(listener.fd.get(), nullptr, nullptr, SOCK_CLOEXEC));
        REQUIRE(there);
    }
    unique_fd here, there;
};

bool is_blocking(int fd) { return (::fcntl(fd, F_GETFL) & O_NONBLOCK) == 0; }

}  // namespace

TEST_CASE("nothing completes inside submit(), and nop completes in the next poll()") {
    backend_rig rig;
    const auto op = std::make_unique<recorded>(opcode::nop);
    rig.submit(op);
    CHECK_FALSE(op->done());
    CHECK(rig.io->in_flight() == 1);
    CHECK(rig.io->wants_poll());
    CHECK(rig.finish(*op) == 0);
    CHECK(rig.io->in_flight() == 0);
}

TEST_CASE("recv gives what has come already, and what comes later") {
    const no_fd_leak leaks;
    backend_rig rig;
    const socket_pair pair;
    std::array<char, 16> buffer{};
    put(pair.there.get(), "early");
    CHECK(rig.run(into(opcode::recv, pair.here.get(), buffer.data(), buffer.size())) == 5);
    CHECK(std::string(buffer.data(), 5) == "early");

    const auto op = into(opcode::recv, pair.here.get(), buffer.data(), buffer.size());
    rig.submit(op);
    rig.settle();
    CHECK_FALSE(op->done());
    put(pair.there.get(), "late");
    CHECK(rig.finish(*op) == 4);
    CHECK(std::string(buffer.data(), 4) == "late");
    CHECK(is_blocking(pair.here.get()));
}

TEST_CASE("a recv that is told to wait first misses nothing that is there") {
    backend_rig rig;
    socket_pair pair;
    std::array<char, 16> buffer{};
    const auto run = [&] {
        auto op = into(opcode::recv, pair.here.get(), buffer.data(), buffer.size());
        op->poll_first = true;
        return rig.run(op);
    };
    put(pair.there.get(), "early");
    CHECK(run() == 5);
    pair.there.reset();
    CHECK(run() == 0);
}

TEST_CASE("recv gives 0 at the end of the stream and what the peer's reset says") {
    backend_rig rig;
    std::array<char, 16> buffer{};
    SECTION("end") {
        socket_pair pair;
        const auto op = into(opcode::recv, pair.here.get(), buffer.data(), buffer.size());
        rig.submit(op);
        rig.settle();
        pair.there.reset();
        CHECK(rig.finish(*op) == 0);
    }
    SECTION("reset") {
        tcp_pair pair;
        const auto op = into(opcode::recv, pair.here.get(), buffer.data(), buffer.size());
        rig.submit(op);
        rig.settle();
        const linger at_once{1, 0};
        ::setsockopt(pair.there.get(), SOL_SOCKET, SO_LINGER, &at_once, sizeof at_once);
        pair.there.reset();
        CHECK(rig.finish(*op) == -ECONNRESET);
    }
    SECTION("not a socket") {
        const pipe_pair pipe;
        CHECK(rig.run(into(opcode::recv, pipe.reader.get(), buffer.data(), buffer.size())) == -ENOTSOCK);
    }
    SECTION("not open") {
        unique_fd gone(::dup(0));
        const int number = gone.get();
        gone.reset();
        CHECK(rig.run(into(opcode::recv, number, buffer.data(), buffer.size())) == -EBADF);
        CHECK(rig.run(poll_for(number, POLLIN)) == -EBADF);
        CHECK(rig.run(accept_on(number)) == -EBADF);
        CHECK(rig.run(into(opcode::read, number, buffer.data(), buffer.size())) == -EBADF);
    }
}

TEST_CASE("a send that finds no room waits for it, and every byte arrives in order") {
    backend_rig rig;
    const tcp_pair pair;
    const std::string sent = some_bytes(8 << 20);
    std::string received(sent.size(), '\0');
    std::size_t out = 0;
    std::size_t in = 0;
    std::unique_ptr<recorded> sender;
    std::unique_ptr<recorded> receiver;
    std::size_t waits = 0;
    while (in < sent.size()) {
        if (!sender && out < sent.size()) {
            sender = from(opcode::send, pair.here.get(), sent.data() + out, sent.size() - out);
            rig.submit(sender);
        }
        // The reader starts only when the sender is stuck.
        if (!receiver && (out == sent.size() || waits > 3)) {
            receiver = into(opcode::recv, pair.there.get(), received.data() + in, received.size() - in);
            rig.submit(receiver);
        }
        rig.io->poll(5ms);
        if (sender && sender->done()) {
            REQUIRE(sender->result > 0);
            out += static_cast<std::size_t>(sender->result);
            sender.reset();
            waits = 0;
        } else {
            ++waits;
        }
        if (receiver && receiver->done()) {
            REQUIRE(receiver->result > 0);
            in += static_cast<std::size_t>(receiver->result);
            receiver.reset();
        }
    }
    CHECK(received == sent);
}

TEST_CASE("MSG_WAITALL receives all that was asked for, in one operation") {
    backend_rig rig;
    tcp_pair pair;
    std::array<char, 9> buffer{};
    const auto op = into(opcode::recv, pair.here.get(), buffer.data(), buffer.size());
    op->flags = MSG_WAITALL;
    rig.submit(op);
    for (const char* part : {"one", "two"}) {
        put(pair.there.get(), part);
        rig.settle();
        CHECK_FALSE(op->done());
    }
    SECTION("to the last byte") {
        put(pair.there.get(), "end");
        CHECK(rig.finish(*op) == 9);
        CHECK(std::string(buffer.data(), 9) == "onetwoend");
    }
    SECTION("or to the end of the stream") {
        pair.there.reset();
        CHECK(rig.finish(*op) == 6);
        CHECK(std::string(buffer.data(), 6) == "onetwo");
    }
}

TEST_CASE("connect and accept, on sockets in either mode") {
    const no_fd_leak leaks;
    backend_rig rig;
    const int mode = GENERATE(0, static_cast<int>(SOCK_NONBLOCK));
    // The kernel's ring takes non-blocking mode to mean that an accept must not wait.
    const int listener_mode = rig.io->name() == "uring" ? 0 : mode;
    const loopback_listener listener(listener_mode);
    const auto accepted = accept_on(listener.fd.get());
    rig.submit(accepted);
    rig.settle();
    CHECK_FALSE(accepted->done());
    const unique_fd here = tcp_socket(rig.io->name() == "uring" ? 0 : mode);
    CHECK(rig.run(connect_to(here.get(), &listener.address, sizeof listener.address)) == 0);
    const unique_fd there(rig.finish(*accepted));
    REQUIRE(there.get() >= 0);
    CHECK((::fcntl(there.get(), F_GETFD) & FD_CLOEXEC) != 0);
    CHECK(is_blocking(there.get()));
    put(here.get(), "hello");
    std::array<char, 8> buffer{};
    CHECK(rig.run(into(opcode::recv, there.get(), buffer.data(), buffer.size())) == 5);
}

TEST_CASE("a refused connection is an error of the connect") {
    backend_rig rig;
    sockaddr_in nobody{};
    {
        const loopback_listener gone;
        nobody = gone.address;
    }
    const unique_fd socket = tcp_socket();
    CHECK(rig.run(connect_to(socket.get(), &nobody, sizeof nobody)) == -ECONNREFUSED);
    CHECK(is_blocking(socket.get()));
}

TEST_CASE("a connect to a Unix socket without room waits for the next accept") {
    const no_fd_leak leaks;
    backend_rig rig;
    sockaddr_un address{};
    address.sun_family = AF_UNIX;
    // In the abstract namespace: no file is left behind.
    const std::string name = "gyre-io-test-" + std::to_string(::getpid());
    std::memcpy(address.sun_path + 1, name.data(), name.size());
    const unique_fd listener(::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0));
    REQUIRE(::bind(listener.get(), reinterpret_cast<sockaddr*>(&address), sizeof address) == 0);
    REQUIRE(::listen(listener.get(), 0) == 0);

    std::vector<unique_fd> clients;
    std::vector<std::unique_ptr<recorded>> connects;
    for (int i = 0; i < 4; ++i) {
        clients.emplace_back(::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0));
        connects.push_back(connect_to(clients.back().get(), &address, sizeof address));
        rig.submit(connects.back());
    }
    rig.settle();
    CHECK_FALSE(connects.back()->done());
    for (int i = 0; i < 4; ++i) {
        const unique_fd accepted(rig.run(accept_on(listener.get())));
        CHECK(accepted.get() >= 0);
    }
    for (const auto& op : connects) CHECK(rig.finish(*op) == 0);
}

TEST_CASE("a datagram to a full peer waits for room without spinning") {
    backend_rig rig;
    const socket_pair pair(SOCK_DGRAM);
    const std::string message(1000, 'x');
    while (::send(pair.here.get(), message.data(), message.size(), MSG_DONTWAIT) > 0) {
    }
    const auto op = from(opcode::send, pair.here.get(), message.data(), message.size());
    rig.submit(op);
    rig.settle();
    CHECK_FALSE(op->done());
    std::array<char, 2000> buffer{};
    for (int i = 0; !op->done(); ++i) {
        REQUIRE(i < 1000);
        ::recv(pair.there.get(), buffer.data(), buffer.size(), MSG_DONTWAIT);
        rig.io->poll(1ms);
    }
    CHECK(op->result == 1000);
}

TEST_CASE("messages carry descriptors") {
    const no_fd_leak leaks;
    backend_rig rig;
    const socket_pair pair;
    const pipe_pair pipe;
    char byte = 'd';
    iovec part{&byte, 1};
    alignas(cmsghdr) std::array<char, CMSG_SPACE(sizeof(int))> control{};
    msghdr message{};
    message.msg_iov = &part;
    message.msg_iovlen = 1;
    message.msg_control = control.data();
    message.msg_controllen = control.size();
    cmsghdr* header = CMSG_FIRSTHDR(&message);
    header->cmsg_level = SOL_SOCKET;
    header->cmsg_type = SCM_RIGHTS;
    header->cmsg_len = CMSG_LEN(sizeof(int));
    const int passed = pipe.writer.get();
    std::memcpy(CMSG_DATA(header), &passed, sizeof passed);
    auto send = std::make_unique<recorded>(opcode::sendmsg, pair.here.get());
    send->address = &message;
    REQUIRE(rig.run(send) == 1);

    char got = 0;
    iovec place{&got, 1};
    alignas(cmsghdr) std::array<char, CMSG_SPACE(sizeof(int))> received{};
    msghdr answer{};
    answer.msg_iov = &place;
    answer.msg_iovlen = 1;
    answer.msg_control = received.data();
    answer.msg_controllen = received.size();
    auto receive = std::make_unique<recorded>(opcode::recvmsg, pair.there.get());
    receive->buffer = &answer;
    receive->flags = MSG_CMSG_CLOEXEC;
    REQUIRE(rig.run(receive) == 1);
    int fd = -1;
    std::memcpy(&fd, CMSG_DATA(CMSG_FIRSTHDR(&answer)), sizeof fd);
    const unique_fd copy(fd);
    CHECK(::write(copy.get(), "x", 1) == 1);
    CHECK(::read(pipe.reader.get(), &got, 1) == 1);
    CHECK(got == 'x');
}

TEST_CASE("read, write, readv and writev work on sockets in blocking mode and wait as recv and send do") {
    backend_rig rig;
    const socket_pair pair;
    std::array<char, 4> first{};
    std::array<char, 4> second{};
    std::array<iovec, 2> parts{iovec{first.data(), first.size()}, iovec{second.data(), second.size()}};
    const auto op = from(opcode::readv, pair.here.get(), parts.data(), parts.size());
    rig.submit(op);
    rig.settle();
    CHECK_FALSE(op->done());
    CHECK(rig.run(from(opcode::write, pair.there.get(), "abcdef", 6)) == 6);
    CHECK(rig.finish(*op) == 6);
    CHECK(std::string(first.data(), 4) == "abcd");
    CHECK(std::string(second.data(), 2) == "ef");
    CHECK(rig.run(from(opcode::writev, pair.here.get(), parts.data(), parts.size())) == 8);
    std::array<char, 16> buffer{};
    CHECK(rig.run(into(opcode::read, pair.there.get(), buffer.data(), buffer.size())) == 8);
}

TEST_CASE("shutdown ends the peer's stream and leaves the other direction") {
    backend_rig rig;
    const socket_pair pair;
    auto op = std::make_unique<recorded>(opcode::shutdown, pair.here.get());
    op->flags = SHUT_WR;
    CHECK(rig.run(op) == 0);
    std::array<char, 4> buffer{};
    CHECK(rig.run(into(opcode::recv, pair.there.get(), buffer.data(), buffer.size())) == 0);
    CHECK(rig.run(from(opcode::send, pair.there.get(), "back", 4)) == 4);
    CHECK(rig.run(into(opcode::recv, pair.here.get(), buffer.data(), buffer.size())) == 4);
    CHECK(rig.run(from(opcode::send, pair.here.get(), "no", 2)) == -EPIPE);
}

TEST_CASE("writing to a peer that is gone is EPIPE and never SIGPIPE") {
    backend_rig rig;
    const sigpipe_counter signals;
    socket_pair pair;
    pair.there.reset();
    iovec part{const_cast<char*>("x"), 1};
    msghdr message{};
    message.msg_iov = &part;
    message.msg_iovlen = 1;
    CHECK(rig.run(from(opcode::send, pair.here.get(), "x", 1)) == -EPIPE);
    auto with_message = std::make_unique<recorded>(opcode::sendmsg, pair.here.get());
    with_message->address = &message;
    CHECK(rig.run(with_message) == -EPIPE);
    CHECK(rig.run(from(opcode::write, pair.here.get(), "x", 1)) == -EPIPE);
    CHECK(rig.run(from(opcode::writev, pair.here.get(), &part, 1)) == -EPIPE);

    pipe_pair pipe;
    pipe.reader.reset();
    CHECK(rig.run(from(opcode::write, pipe.writer.get(), "x", 1)) == -EPIPE);
    CHECK(rig.run(from(opcode::writev, pipe.writer.get(), &part, 1)) == -EPIPE);

    // One that waits for room when the reader goes.
    pipe_pair full;
    const std::string much(1 << 20, 'x');
    const auto waits = from(opcode::write, full.writer.get(), much.data(), much.size());
    std::vector<std::unique_ptr<recorded>> writes;
    do {
        writes.push_back(from(opcode::write, full.writer.get(), much.data(), much.size()));
        rig.submit(writes.back());
        rig.settle();
    } while (writes.back()->done());
    full.reader.reset();
    const int last = rig.finish(*writes.back());
    CHECK((last == -EPIPE || last > 0));
    CHECK(rig.run(from(opcode::write, full.writer.get(), "x", 1)) == -EPIPE);

    CHECK(signals.seen == 0);
    sigset_t pending;
    ::sigpending(&pending);
    CHECK(::sigismember(&pending, SIGPIPE) == 0);
}

TEST_CASE("several operations wait on one fd, and those of different kinds go on beside each other") {
    backend_rig rig;
    const socket_pair pair;
    std::vector<recorded*> finished;
    std::array<std::array<char, 1>, 3> buffers{};
    std::vector<std::unique_ptr<recorded>> readers;
    for (auto& buffer : buffers) {
        readers.push_back(into(opcode::recv, pair.here.get(), buffer.data(), buffer.size()));
        readers.back()->finished = &finished;
        rig.submit(readers.back());
    }
    rig.settle();
    CHECK(finished.empty());
    CHECK(rig.run(from(opcode::send, pair.here.get(), "out", 3)) == 3);
    put(pair.there.get(), "abc");
    for (const auto& op : readers) CHECK(rig.finish(*op) == 1);
    // The kernel does not say whom its ring serves first.
    const std::string got = {buffers[0][0], buffers[1][0], buffers[2][0]};
    if (rig.io->name() == "uring") {
        CHECK(std::is_permutation(got.begin(), got.end(), "abc"));
        return;
    }
    CHECK(got == "abc");
    CHECK(finished == std::vector<recorded*>{readers[0].get(), readers[1].get(), readers[2].get()});
}
