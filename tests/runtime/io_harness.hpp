// Operations given straight to a backend, without loop or coroutine.
#pragma once
#include <arpa/inet.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <unistd.h>
#include <gyre/runtime/io/backend.hpp>
#include <gyre/runtime/io/operation.hpp>
#include <gyre/runtime/io/unique_fd.hpp>

#include <array>
#include <catch2/catch.hpp>
#include <cerrno>
#include <chrono>
#include <csignal>
#include <deque>
#include <map>
#include <memory>
#include <string>
#include <system_error>
#include <utility>
#include <vector>

#include "support/scratch_directory.hpp"
#include "support/test.hpp"

namespace gyre::test {

using detail::opcode;
using detail::unique_fd;

// One operation that remembers how it ended.
class recorded final : public detail::operation {
public:
    explicit recorded(opcode what, int on = -1) {
        code = what;
        fd = on;
    }
    void completed() noexcept override {
        ++completions;
        if (finished != nullptr) finished->push_back(this);
    }
    bool done() const { return completions != 0; }

    int completions = 0;
    std::vector<recorded*>* finished = nullptr;
};

inline std::unique_ptr<recorded> poll_for(int fd, unsigned events) {
    auto op = std::make_unique<recorded>(opcode::poll, fd);
    op->flags = events;
    return op;
}
inline std::unique_ptr<recorded> accept_on(int fd) {
    auto op = std::make_unique<recorded>(opcode::accept, fd);
    op->flags = SOCK_CLOEXEC;
    return op;
}
inline std::unique_ptr<recorded> connect_to(int fd, const void* address, std::size_t size) {
    auto op = std::make_unique<recorded>(opcode::connect, fd);
    op->address = address;
    op->size = size;
    return op;
}
inline std::unique_ptr<recorded> into(opcode what, int fd, void* buffer, std::size_t size, std::uint64_t offset = ~std::uint64_t{0}) {
    auto op = std::make_unique<recorded>(what, fd);
    op->buffer = buffer;
    op->size = size;
    if (what == opcode::read) op->offset = offset;
    return op;
}
inline std::unique_ptr<recorded> from(opcode what, int fd, const void* bytes, std::size_t size, std::uint64_t offset = ~std::uint64_t{0}) {
    auto op = std::make_unique<recorded>(what, fd);
    op->address = bytes;
    op->size = size;
    if (what != opcode::send) op->offset = offset;
    return op;
}
inline std::unique_ptr<recorded> at_path(opcode what, int directory, const char* path, unsigned flags = 0, unsigned mode = 0) {
    auto op = std::make_unique<recorded>(what, directory);
    op->address = path;
    op->flags = flags;
    op->mode = mode;
    return op;
}

// The backend under test. Everything submitted through it must have ended when it goes.
class backend_rig {
public:
    backend_rig() : io(detail::make_backend("")) {}
    ~backend_rig() {
        while (io->in_flight() != 0 || io->wants_poll()) io->poll(std::chrono::seconds(io->in_flight() != 0 ? 10 : 0));
    }

    recorded& submit(const std::unique_ptr<recorded>& op) {
        io->submit(*op);
        return *op;
    }
    void poll_now() { io->poll(std::chrono::nanoseconds::zero()); }
    // Polls until it has ended, and gives its result. A hang is the watchdog's.
    int finish(recorded& op) {
        while (!op.done()) io->poll(std::nullopt);
        CHECK(op.completions == 1);
        return op.result;
    }
    int run(const std::unique_ptr<recorded>& op) { return finish(submit(op)); }
    // Polls as long as there is something to do at once: what is still not done then waits for the outside world.
    void settle() {
        for (int quiet = 0; quiet < 3; ++quiet) io->poll(std::chrono::milliseconds(1));
    }

    std::unique_ptr<detail::backend> io;
};

struct socket_pair {
    explicit socket_pair(int type = SOCK_STREAM) {
        std::array<int, 2> fds{};
        if (::socketpair(AF_UNIX, type | SOCK_CLOEXEC, 0, fds.data()) != 0)
            throw std::system_error(errno, std::generic_category(), "socketpair");
        here.reset(fds[0]);
        there.reset(fds[1]);
    }
    unique_fd here, there;
};

struct pipe_pair {
    explicit pipe_pair(int flags = 0) {
        std::array<int, 2> fds{};
        if (::pipe2(fds.data(), O_CLOEXEC | flags) != 0) throw std::system_error(errno, std::generic_category(), "pipe2");
        reader.reset(fds[0]);
        writer.reset(fds[1]);
    }
    unique_fd reader, writer;
};

struct loopback_listener {
    explicit loopback_listener(int flags = 0, int backlog = 16) : fd(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC | flags, 0)) {
        address.sin_family = AF_INET;
        address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
        if (::bind(fd.get(), reinterpret_cast<sockaddr*>(&address), sizeof address) != 0 || ::listen(fd.get(), backlog) != 0)
            throw std::system_error(errno, std::generic_category(), "listen");
        socklen_t size = sizeof address;
        ::getsockname(fd.get(), reinterpret_cast<sockaddr*>(&address), &size);
    }
    unique_fd fd;
    sockaddr_in address{};
};

inline unique_fd tcp_socket(int flags = 0) { return unique_fd(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC | flags, 0)); }

// A folder that operations name their files in, by its fd; gone afterwards, with the files.
class scratch_folder {
public:
    int fd() const { return fd_.get(); }
    // The name, for as long as an operation may need it.
    const char* name(const std::string& text) { return names_.emplace_back(text).c_str(); }
    unique_fd create(const std::string& text, int flags = O_RDWR) {
        return unique_fd(::openat(fd_.get(), name(text), flags | O_CREAT | O_CLOEXEC, 0600));
    }

private:
    scratch_directory directory_;
    unique_fd fd_{::open(directory_.path().c_str(), O_DIRECTORY | O_RDONLY | O_CLOEXEC)};
    std::deque<std::string> names_;
};

// Fails the test when fds are open at its end that were not at its start.
class no_fd_leak {
public:
    ~no_fd_leak() {
        for (const std::string& leaked : opened_since(before_)) FAIL_CHECK("still open: " << leaked);
    }

private:
    std::map<int, std::string> before_ = open_file_descriptors();
};

// Counts SIGPIPE instead of dying of it.
class sigpipe_counter {
public:
    sigpipe_counter() {
        seen = 0;
        struct sigaction action{};
        action.sa_handler = [](int) { seen = seen + 1; };
        ::sigaction(SIGPIPE, &action, &before_);
    }
    ~sigpipe_counter() { ::sigaction(SIGPIPE, &before_, nullptr); }
    static inline volatile std::sig_atomic_t seen = 0;

private:
    struct sigaction before_{};
};

}  // namespace gyre::test
