#include <poll.h>
#include <gyre/runtime/io/asio/interest_set.hpp>

#include <cerrno>
#include <system_error>

namespace gyre::detail {

interest_set::interest_set() : set_(::epoll_create1(EPOLL_CLOEXEC)) {
    if (!set_) throw std::system_error(errno, std::generic_category(), "gyre: epoll_create1 for the asio backend");
}

std::span<const epoll_event> interest_set::take() noexcept {
    const int got = ::epoll_wait(set_.get(), events_.data(), static_cast<int>(events_.size()), 0);
    taken_ = got > 0 ? static_cast<std::size_t>(got) : 0;
    return {events_.data(), taken_};
}

bool interest_set::ready() const noexcept {
    pollfd one{set_.get(), POLLIN, 0};
    return ::poll(&one, 1, 0) > 0;
}

int interest_set::control(int what, int fd, unsigned events) noexcept {
    epoll_event event{};
    event.events = events;
    event.data.fd = fd;
    return ::epoll_ctl(set_.get(), what, fd, &event) == 0 ? 0 : -errno;
}

}  // namespace gyre::detail
