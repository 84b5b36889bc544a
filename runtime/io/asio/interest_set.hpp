#pragma once
#include <sys/epoll.h>
#include <gyre/runtime/io/unique_fd.hpp>

#include <array>
#include <span>

namespace gyre::detail {

// The fds that operations wait for: an epoll set of our own, which is the one fd that Asio is told of. Asio could be given each of
// them instead, but then:
//  - it puts every fd into non-blocking mode, and the mode belongs to all who share the open file: a terminal's other programs, a
//    loop on the uring backend;
//  - its own epoll set is hidden, and poll_fd() has to be one; a second set would have to mirror all registrations;
//  - it knows readable, writable and urgent, and waiting for POLLRDHUP alone would spin;
//  - it cannot tell that an fd was closed and its number reused, and waits for ever.
class interest_set {
public:
    // Throws: std::system_error.
    interest_set();

    // Readable while one of the armed events is there.
    int fd() const noexcept { return set_.get(); }

    // Each gives 0 or a negative errno. An event disarms its fd.
    int add(int fd, unsigned events) noexcept { return control(EPOLL_CTL_ADD, fd, events | EPOLLONESHOT); }
    // -ENOENT: the number means another file now than when it was added.
    int arm(int fd, unsigned events) noexcept { return control(EPOLL_CTL_MOD, fd, events | EPOLLONESHOT); }
    // For an fd of the backend's own; stays armed.
    int add_for_good(int fd) noexcept { return control(EPOLL_CTL_ADD, fd, EPOLLIN); }
    void remove(int fd) noexcept { control(EPOLL_CTL_DEL, fd, 0); }

    // What is there now, data.fd and events of each; never waits. Valid until the next call.
    std::span<const epoll_event> take() noexcept;
    bool full() const noexcept { return taken_ == events_.size(); }
    bool ready() const noexcept;

private:
    int control(int what, int fd, unsigned events) noexcept;

    unique_fd set_;
    std::array<epoll_event, 256> events_;
    std::size_t taken_ = 0;
};

}  // namespace gyre::detail
