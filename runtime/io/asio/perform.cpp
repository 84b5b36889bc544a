#include <fcntl.h>
#include <sys/stat.h>
#include <sys/uio.h>
#include <unistd.h>
#include <gyre/runtime/io/asio/attempt.hpp>

#include <algorithm>
#include <cerrno>
#include <cstdio>

namespace gyre::detail {
namespace {

constexpr std::uint64_t at_cursor = ~std::uint64_t{0};

// Does not wait for somebody to write to a FIFO, which nobody could cancel: opens as io_uring does, without waiting, and gives the file
// the flags that were asked for. Only a FIFO that is to be written waits for its reader.
int open_file(const operation& op, const char* path, int flags) noexcept {
    flags |= O_CLOEXEC;
    if ((flags & (O_NONBLOCK | O_PATH)) != 0) return ::openat(op.fd, path, flags, op.mode);
    const int fd = ::openat(op.fd, path, flags | O_NONBLOCK, op.mode);
    if (fd < 0) return errno == ENXIO ? ::openat(op.fd, path, flags, op.mode) : fd;
    ::fcntl(fd, F_SETFL, ::fcntl(fd, F_GETFL) & ~O_NONBLOCK);
    return fd;
}

ssize_t call(const operation& op) noexcept {
    const char* path = static_cast<const char*>(op.address);
    const auto* vectors = static_cast<const iovec*>(op.address);
    const int count = static_cast<int>(op.size);
    const std::size_t size = static_cast<std::size_t>(std::min<std::uint64_t>(op.size, INT_MAX));
    const auto at = static_cast<off_t>(op.offset);
    const bool cursor = op.offset == at_cursor;
    const int flags = static_cast<int>(op.flags);
    switch (op.code) {
        case opcode::read:
            return cursor ? ::read(op.fd, op.buffer, size) : ::pread(op.fd, op.buffer, size, at);
        case opcode::write:
            return cursor ? ::write(op.fd, op.address, size) : ::pwrite(op.fd, op.address, size, at);
        case opcode::readv:
            return cursor ? ::readv(op.fd, vectors, count) : ::preadv(op.fd, vectors, count, at);
        case opcode::writev:
            return cursor ? ::writev(op.fd, vectors, count) : ::pwritev(op.fd, vectors, count, at);
        case opcode::open:
            return open_file(op, path, flags);
        case opcode::statx:
            return ::statx(op.fd, path, flags, op.mode, static_cast<struct statx*>(op.buffer));
        case opcode::fsync:
            return op.flags != 0 ? ::fdatasync(op.fd) : ::fsync(op.fd);
        case opcode::mkdir:
            return ::mkdirat(op.fd, path, op.mode);
        case opcode::unlink:
            return ::unlinkat(op.fd, path, flags);
        case opcode::rename:
            return ::renameat2(op.fd, path, op.other_fd, static_cast<const char*>(op.buffer), op.flags);
        case opcode::fallocate:
            return ::fallocate(op.fd, static_cast<int>(op.mode), at, static_cast<off_t>(op.size));
        default:
            break;
    }
    errno = EOPNOTSUPP;
    return -1;
}

}  // namespace

std::int32_t perform(const operation& op) noexcept {
    for (;;) {
        const ssize_t got = call(op);
        if (got >= 0) return static_cast<std::int32_t>(got);
        if (errno != EINTR) return -errno;
    }
}

}  // namespace gyre::detail
