#include <gyre/runtime/io/wake_up.hpp>

#include <poll.h>
#include <sys/eventfd.h>
#include <unistd.h>

#include <cerrno>
#include <cstdint>
#include <system_error>

namespace gyre::detail {

wake_up::wake_up() : fd_(::eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK)) {
    if (!fd_) throw std::system_error(errno, std::generic_category(), "gyre: eventfd to wake the event loop with");
}

void wake_up::signal() const noexcept {
    // A signal handler must leave errno as it was.
    const int error = errno;
    const std::uint64_t one = 1;
    // Only a full counter makes it fail, and then the loop wakes anyway.
    [[maybe_unused]] const ssize_t written = ::write(fd_.get(), &one, sizeof one);
    errno = error;
}

bool wake_up::signalled() const noexcept {
    pollfd one{fd_.get(), POLLIN, 0};
    return ::poll(&one, 1, 0) > 0;
}

bool wake_up::reset() const noexcept {
    std::uint64_t count = 0;
    return ::read(fd_.get(), &count, sizeof count) > 0;
}

}  // namespace gyre::detail
