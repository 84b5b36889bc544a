#pragma once
#include <cstddef>
#include <cstdint>

struct sockaddr;
struct msghdr;
struct statx;

namespace gyre::detail {

enum class opcode : std::uint8_t {
    nop,
    poll,       // fd, flags: POLLIN...; result: the events
    accept,     // fd, flags: SOCK_CLOEXEC...; result: fd
    connect,    // fd, address, size
    recv,       // fd, buffer, size, flags
    send,       // fd, address: the bytes, size, flags (MSG_NOSIGNAL is added)
    recvmsg,    // fd, buffer: msghdr, flags
    sendmsg,    // fd, address: msghdr, flags (MSG_NOSIGNAL is added)
    shutdown,   // fd, flags: how
    read,       // fd, buffer, size, offset (-1: the file's cursor)
    write,      // fd, address: the bytes, size, offset
    readv,      // fd, address: iovec[], size: how many, offset
    writev,     // fd, address: iovec[], size: how many, offset
    open,       // fd: directory, address: path, flags: O_..., mode; result: fd
    close,      // fd; what is in flight on it is cancelled first
    statx,      // fd: directory, address: path, flags: AT_..., mode: mask, buffer: struct statx
    fsync,      // fd, flags: 1 for data only
    mkdir,      // fd: directory, address: path, mode
    unlink,     // fd: directory, address: path, flags: AT_REMOVEDIR
    rename,     // fd: directory, address: path, other_fd: directory, buffer: new path, flags: RENAME_...
    fallocate,  // fd, mode, offset, size
};

// One operation of the kernel's, as data. A backend carries it out and calls `completed` once, with `result` set: what the
// system call would return, or a negative errno.
//
// Rules that every user keeps:
//  - The record and what it points at stay where they are until `completed` was called, whatever a cancel says meanwhile.
//  - A result that names a new fd belongs to whoever made the record, also when nobody wants it any more.
class operation {
public:
    operation() noexcept = default;
    operation& operator=(const operation&) = delete;

    virtual void completed() noexcept = 0;

    opcode code = opcode::nop;
    bool cancel_asked = false;
    // Hints of a recv. In: nothing is there yet, waiting before trying is cheaper. Out: more stood behind what it took; false when the
    // backend cannot tell.
    bool poll_first = false;
    bool more_ready = false;
    std::int32_t fd = -1;
    std::int32_t other_fd = -1;
    std::int32_t result = 0;
    std::uint32_t flags = 0;
    std::uint32_t mode = 0;
    void* buffer = nullptr;
    const void* address = nullptr;  // a path, a sockaddr, a msghdr
    std::uint64_t size = 0;
    std::uint64_t offset = 0;
    void* backend_state = nullptr;  // the backend's, while in flight

protected:
    operation(const operation&) noexcept = default;  // before it is submitted
    ~operation() = default;
};

}  // namespace gyre::detail
