#include <gyre/runtime/loop/wait_fd.hpp>

#include <poll.h>

#include <string>
#include <system_error>

namespace gyre {

void detail::poll_awaiter::await_resume() {
    const int got = finish();
    if (got < 0) throw std::system_error(-got, std::generic_category(), "gyre: waiting for fd " + std::to_string(fd));
}

detail::poll_awaiter wait_readable(int fd) { return detail::poll_awaiter(fd, POLLIN); }
detail::poll_awaiter wait_writable(int fd) { return detail::poll_awaiter(fd, POLLOUT); }

}  // namespace gyre
