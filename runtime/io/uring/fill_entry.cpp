#include <gyre/runtime/io/unique_fd.hpp>
#include <gyre/runtime/io/uring/fill_entry.hpp>

#include <fcntl.h>
#include <sys/socket.h>
#include <sys/uio.h>
#include <unistd.h>

#include <algorithm>
#include <array>

namespace gyre::detail {
namespace {

// For one write: no SIGPIPE (kernel 6.18); the C library's headers are older.
constexpr int no_signal = 0x100;

bool kernel_knows_no_signal() noexcept {
    static const bool knows = [] {
        std::array<int, 2> fds{};
        if (::pipe2(fds.data(), O_CLOEXEC) != 0) return false;
        const unique_fd reader(fds[0]);
        const unique_fd writer(fds[1]);
        char byte = 0;
        const iovec one{&byte, 1};
        return ::pwritev2(writer.get(), &one, 1, -1, no_signal) == 1;
    }();
    return knows;
}

}  // namespace

bool keep_quiet(io_uring_sqe& write) noexcept {
    if (!kernel_knows_no_signal()) return false;
    write.rw_flags = no_signal;
    return true;
}

void fill_entry(io_uring_sqe& entry, const operation& op) noexcept {
    // The kernel moves no more at once, and an entry has 32 bits for it: more would come out as less, 4 GiB as nothing.
    constexpr std::uint64_t most_at_once = 0x7ffff000;
    const unsigned size = static_cast<unsigned>(std::min<std::uint64_t>(op.size, most_at_once));
    const char* path = static_cast<const char*>(op.address);
    switch (op.code) {
        case opcode::nop:
            io_uring_prep_nop(&entry);
            break;
        case opcode::poll:
            io_uring_prep_poll_add(&entry, op.fd, op.flags);
            break;
        case opcode::accept:
            io_uring_prep_accept(&entry, op.fd, nullptr, nullptr, static_cast<int>(op.flags));
            break;
        case opcode::connect:
            io_uring_prep_connect(&entry, op.fd, static_cast<const sockaddr*>(op.address), static_cast<socklen_t>(op.size));
            break;
        case opcode::recv:
            io_uring_prep_recv(&entry, op.fd, op.buffer, size, static_cast<int>(op.flags));
            break;
        case opcode::send:
            io_uring_prep_send(&entry, op.fd, op.address, size, static_cast<int>(op.flags | MSG_NOSIGNAL));
            break;
        case opcode::recvmsg:
            io_uring_prep_recvmsg(&entry, op.fd, static_cast<msghdr*>(op.buffer), op.flags);
            break;
        case opcode::sendmsg:
            io_uring_prep_sendmsg(&entry, op.fd, static_cast<const msghdr*>(op.address), op.flags | MSG_NOSIGNAL);
            break;
        case opcode::shutdown:
            io_uring_prep_shutdown(&entry, op.fd, static_cast<int>(op.flags));
            break;
        case opcode::read:
            io_uring_prep_read(&entry, op.fd, op.buffer, size, op.offset);
            break;
        case opcode::write:
            io_uring_prep_write(&entry, op.fd, op.address, size, op.offset);
            break;
        case opcode::readv:
            io_uring_prep_readv(&entry, op.fd, static_cast<const iovec*>(op.address), size, op.offset);
            break;
        case opcode::writev:
            io_uring_prep_writev(&entry, op.fd, static_cast<const iovec*>(op.address), size, op.offset);
            break;
        case opcode::open:
            io_uring_prep_openat(&entry, op.fd, path, static_cast<int>(op.flags | O_CLOEXEC), op.mode);
            break;
        case opcode::close:
            io_uring_prep_close(&entry, op.fd);
            break;
        case opcode::statx:
            io_uring_prep_statx(&entry, op.fd, path, static_cast<int>(op.flags), op.mode, static_cast<struct statx*>(op.buffer));
            break;
        case opcode::fsync:
            io_uring_prep_fsync(&entry, op.fd, op.flags != 0 ? IORING_FSYNC_DATASYNC : 0);
            break;
        case opcode::mkdir:
            io_uring_prep_mkdirat(&entry, op.fd, path, op.mode);
            break;
        case opcode::unlink:
            io_uring_prep_unlinkat(&entry, op.fd, path, static_cast<int>(op.flags));
            break;
        case opcode::rename:
            io_uring_prep_renameat(&entry, op.fd, path, op.other_fd, static_cast<const char*>(op.buffer), op.flags);
            break;
        case opcode::fallocate:
            io_uring_prep_fallocate(&entry, op.fd, static_cast<int>(op.mode), static_cast<off_t>(op.offset), static_cast<off_t>(op.size));
            break;
    }
}

}  // namespace gyre::detail
