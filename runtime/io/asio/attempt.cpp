#include <fcntl.h>
#include <poll.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/uio.h>
#include <unistd.h>
#include <gyre/runtime/io/asio/attempt.hpp>
#include <gyre/runtime/io/sigpipe.hpp>

#include <algorithm>
#include <cerrno>
#include <optional>
#include <span>

namespace gyre::detail {
namespace {

constexpr std::uint64_t at_cursor = ~std::uint64_t{0};
constexpr std::size_t largest_result = INT_MAX;

// More than that is copied in a thread, even when the page cache has it.
constexpr std::size_t largest_copy = 256 * 1024;

// What a write in blocking mode takes at once when poll() says that it takes something: a pipe has a free page then, a terminal
// at least this much.
constexpr std::size_t room_in_pipe = 4096;
constexpr std::size_t room_in_device = 256;

// A system call's result, as operations have it.
std::int32_t as_result(ssize_t got) noexcept {
    if (got >= 0) return static_cast<std::int32_t>(got);
    return errno == EAGAIN || errno == EWOULDBLOCK ? would_block : -errno;
}

template <class Call>
std::int32_t uninterrupted(Call call) noexcept {
    for (;;) {
        const ssize_t got = call();
        if (got >= 0 || errno != EINTR) return as_result(got);
    }
}

// The events that are there now, or a negative errno.
std::int32_t events_now(int fd, unsigned wanted) noexcept {
    // poll() passes such a one over.
    if (fd < 0) return -EBADF;
    pollfd one{fd, static_cast<short>(wanted), 0};
    const std::int32_t got = uninterrupted([&] { return ::poll(&one, 1, 0); });
    if (got < 0) return got;
    if ((one.revents & POLLNVAL) != 0) return -EBADF;
    return one.revents;
}

std::size_t clamped(std::uint64_t size) noexcept { return static_cast<std::size_t>(std::min<std::uint64_t>(size, largest_result)); }

// ---------------------------------------------------------------- sockets

bool carries_messages(int fd) noexcept {
    int type = 0;
    socklen_t size = sizeof type;
    return ::getsockopt(fd, SOL_SOCKET, SO_TYPE, &type, &size) != 0 || type != SOCK_STREAM;
}

// One transfer; with MSG_WAITALL, on a stream, as many as it takes to move all.
template <class Transfer>
std::int32_t transfer_all(const operation& op, attempt_state& state, Transfer transfer) noexcept {
    const bool all = (op.flags & MSG_WAITALL) != 0;
    const std::size_t size = clamped(op.size);
    for (;;) {
        const std::int32_t got = uninterrupted([&] { return transfer(state.moved, size - state.moved); });
        if (got == would_block) return would_block;
        if (got <= 0) return state.moved != 0 ? static_cast<std::int32_t>(state.moved) : got;
        state.moved += static_cast<std::uint64_t>(got);
        if (!all || state.moved == size || carries_messages(op.fd)) return static_cast<std::int32_t>(state.moved);
    }
}

std::int32_t receive(operation& op, attempt_state& state) noexcept {
    const int flags = static_cast<int>(op.flags | MSG_DONTWAIT);
    const std::int32_t got = transfer_all(
        op, state, [&](std::uint64_t from, std::size_t size) { return ::recv(op.fd, static_cast<char*>(op.buffer) + from, size, flags); });
    op.more_ready = got > 0 && static_cast<std::uint64_t>(got) == op.size;
    return got;
}

std::int32_t send(const operation& op, attempt_state& state) noexcept {
    const int flags = static_cast<int>(op.flags | MSG_DONTWAIT | MSG_NOSIGNAL);
    return transfer_all(op, state, [&](std::uint64_t from, std::size_t size) {
        return ::send(op.fd, static_cast<const char*>(op.address) + from, size, flags);
    });
}

std::int32_t accept(const operation& op) noexcept {
    // accept() has no MSG_DONTWAIT, and others may take the connection that poll() saw: a listener stays in non-blocking mode.
    const int mode = ::fcntl(op.fd, F_GETFL);
    if (mode < 0) return -errno;
    if ((mode & O_NONBLOCK) == 0) ::fcntl(op.fd, F_SETFL, mode | O_NONBLOCK);
    return uninterrupted([&] { return ::accept4(op.fd, nullptr, nullptr, static_cast<int>(op.flags)); });
}

std::int32_t outcome_of_connect(int fd) noexcept {
    const std::int32_t events = events_now(fd, POLLOUT);
    if (events == 0) return would_block;
    if (events < 0) return events;
    int error = 0;
    socklen_t size = sizeof error;
    if (::getsockopt(fd, SOL_SOCKET, SO_ERROR, &error, &size) != 0) return -errno;
    return -error;
}

std::int32_t connect(const operation& op, attempt_state& state) noexcept {
    if (state.connecting) return outcome_of_connect(op.fd);
    const int mode = ::fcntl(op.fd, F_GETFL);
    if (mode < 0) return -errno;
    const bool blocking = (mode & O_NONBLOCK) == 0;
    if (blocking) ::fcntl(op.fd, F_SETFL, mode | O_NONBLOCK);
    const std::int32_t got = as_result(::connect(op.fd, static_cast<const sockaddr*>(op.address), static_cast<socklen_t>(op.size)));
    if (blocking) ::fcntl(op.fd, F_SETFL, mode);
    // A Unix socket whose listener has no room says EAGAIN: it has to be called again. Elsewhere that is an error.
    if (got == would_block && static_cast<const sockaddr*>(op.address)->sa_family != AF_UNIX) return -EAGAIN;
    if (got != -EINPROGRESS && got != -EINTR) return got;
    state.connecting = true;
    return would_block;
}

// ---------------------------------------------------------------- reads and writes, by what they are of

bool is_write(const operation& op) noexcept { return op.code == opcode::write || op.code == opcode::writev; }

// The buffers of a read or write, whichever form it has.
std::span<iovec> buffers_of(const operation& op, iovec& one) noexcept {
    if (op.code == opcode::readv || op.code == opcode::writev)
        return {static_cast<iovec*>(const_cast<void*>(op.address)), static_cast<std::size_t>(op.size)};
    one.iov_base = op.code == opcode::read ? op.buffer : const_cast<void*>(op.address);
    one.iov_len = clamped(op.size);
    return {&one, 1};
}

std::int32_t through_socket(const operation& op, std::span<iovec> buffers) noexcept {
    msghdr message{};
    message.msg_iov = buffers.data();
    message.msg_iovlen = buffers.size();
    if (is_write(op)) return uninterrupted([&] { return ::sendmsg(op.fd, &message, MSG_DONTWAIT | MSG_NOSIGNAL); });
    return uninterrupted([&] { return ::recvmsg(op.fd, &message, MSG_DONTWAIT); });
}

// Without a flag for the one call, in blocking mode: what poll() promises not to block, and no more.
std::int32_t through_blocking_stream(const operation& op, std::span<iovec> buffers) noexcept {
    const std::int32_t events = events_now(op.fd, is_write(op) ? POLLOUT : POLLIN);
    if (events == 0) return would_block;
    if (events < 0) return events;
    if (!is_write(op)) return uninterrupted([&] { return ::readv(op.fd, buffers.data(), static_cast<int>(buffers.size())); });
    const auto first = std::find_if(buffers.begin(), buffers.end(), [](const iovec& b) { return b.iov_len != 0; });
    if (first == buffers.end()) return 0;
    struct stat what{};
    ::fstat(op.fd, &what);
    const std::size_t room = S_ISFIFO(what.st_mode) ? room_in_pipe : room_in_device;
    return uninterrupted([&] { return ::write(op.fd, first->iov_base, std::min(first->iov_len, room)); });
}

// A pipe, a terminal, an eventfd, an inotify instance, ... They have no position.
std::int32_t through_stream(const operation& op, std::span<iovec> buffers) noexcept {
    std::optional<sigpipe_guard> guard;
    if (is_write(op)) guard.emplace();
    const int count = static_cast<int>(buffers.size());
    const std::int32_t got = uninterrupted([&] {
        return is_write(op) ? ::pwritev2(op.fd, buffers.data(), count, -1, RWF_NOWAIT)
                            : ::preadv2(op.fd, buffers.data(), count, -1, RWF_NOWAIT);
    });
    // Pipes know the flag since kernel 6.4, terminals and others not at all.
    if (got != -EOPNOTSUPP && got != -ENOSYS) return got;
    const int mode = ::fcntl(op.fd, F_GETFL);
    if (mode < 0) return -errno;
    if ((mode & O_NONBLOCK) == 0) return through_blocking_stream(op, buffers);
    return uninterrupted([&] { return is_write(op) ? ::writev(op.fd, buffers.data(), count) : ::readv(op.fd, buffers.data(), count); });
}

// What the page cache holds needs no thread.
std::int32_t from_page_cache(const operation& op, std::span<iovec> buffers, off_t file_size) noexcept {
    // A read that moves the cursor cannot be done over.
    if (is_write(op) || op.offset == at_cursor) return needs_thread;
    std::size_t wanted = 0;
    for (const iovec& buffer : buffers) wanted += buffer.iov_len;
    if (wanted > largest_copy) return needs_thread;
    // O_DIRECT passes the page cache by and waits for the disk, whatever the flag says.
    if (const int mode = ::fcntl(op.fd, F_GETFL); mode < 0 || (mode & O_DIRECT) != 0) return needs_thread;
    const auto at = static_cast<off_t>(op.offset);
    const ssize_t got = ::preadv2(op.fd, buffers.data(), static_cast<int>(buffers.size()), at, RWF_NOWAIT);
    if (got < 0) return needs_thread;
    const bool whole = static_cast<std::size_t>(got) == wanted || at + got >= file_size;
    return whole ? static_cast<std::int32_t>(got) : needs_thread;
}

std::int32_t read_or_write(const operation& op, attempt_state& state) noexcept {
    iovec one{};
    const std::span<iovec> buffers = buffers_of(op, one);
    using kind = attempt_state::fd_kind;
    if (state.kind == kind::unknown) {
        struct stat what{};
        if (::fstat(op.fd, &what) != 0) return -errno;
        if (S_ISREG(what.st_mode) || S_ISBLK(what.st_mode) || S_ISDIR(what.st_mode)) {
            state.kind = kind::file;
            return S_ISREG(what.st_mode) ? from_page_cache(op, buffers, what.st_size) : needs_thread;
        }
        state.kind = S_ISSOCK(what.st_mode) ? kind::socket : kind::stream;
    }
    if (state.kind == kind::socket) return through_socket(op, buffers);
    return state.kind == kind::stream ? through_stream(op, buffers) : needs_thread;
}

}  // namespace

std::int32_t attempt(operation& op, attempt_state& state) noexcept {
    switch (op.code) {
        case opcode::nop:
            return 0;
        case opcode::poll: {
            const std::int32_t events = events_now(op.fd, op.flags);
            return events != 0 ? events : would_block;
        }
        case opcode::accept:
            return accept(op);
        case opcode::connect:
            return connect(op, state);
        case opcode::recv:
            return receive(op, state);
        case opcode::send:
            return send(op, state);
        case opcode::recvmsg:
            return uninterrupted(
                [&] { return ::recvmsg(op.fd, static_cast<msghdr*>(op.buffer), static_cast<int>(op.flags | MSG_DONTWAIT)); });
        case opcode::sendmsg:
            return uninterrupted([&] {
                return ::sendmsg(op.fd, static_cast<const msghdr*>(op.address), static_cast<int>(op.flags | MSG_DONTWAIT | MSG_NOSIGNAL));
            });
        case opcode::shutdown:
            return as_result(::shutdown(op.fd, static_cast<int>(op.flags)));
        case opcode::read:
        case opcode::write:
        case opcode::readv:
        case opcode::writev:
            return read_or_write(op, state);
        case opcode::open:
        case opcode::close:
        case opcode::statx:
        case opcode::fsync:
        case opcode::mkdir:
        case opcode::unlink:
        case opcode::rename:
        case opcode::fallocate:
            break;
    }
    return needs_thread;
}

unsigned events_to_await(const operation& op) noexcept {
    switch (op.code) {
        case opcode::poll:
            return op.flags;
        case opcode::connect:
        case opcode::send:
        case opcode::sendmsg:
        case opcode::write:
        case opcode::writev:
            return POLLOUT;
        default:
            return POLLIN;
    }
}

}  // namespace gyre::detail
