#include <gyre/runtime/io/unique_fd.hpp>

#include <unistd.h>

namespace gyre::detail {

void unique_fd::reset(int fd) noexcept {
    const int old = std::exchange(fd_, fd);
    if (old >= 0) ::close(old);
}

}  // namespace gyre::detail
