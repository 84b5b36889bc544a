#include <gyre/fs/detail/file_state.hpp>
#include <gyre/fs/error.hpp>
#include <gyre/runtime/coroutine/errors.hpp>
#include <gyre/runtime/io/submit.hpp>

#include <unistd.h>

namespace gyre::detail {

void file_state::require_open(std::string_view action) const {
    if (is_open()) [[likely]]
        return;
    throw invalid_state_error("gyre: cannot " + std::string(action) + " " + quoted(path_) + ": this file is closed");
}

void file_state::close_detached() noexcept {
    if (!is_open()) return;
    const bool by_backend = close_needs_backend();
    const int fd = take_fd();
    scheduler* const loop = by_backend ? current_scheduler() : nullptr;
    if (loop != nullptr)
        io_of(*loop).close_detached(fd);
    else
        ::close(fd);
}

void file_state::claim_cursor(std::string_view action) {
    if (cursor_claimed_)
        throw invalid_state_error("gyre: cannot " + std::string(action) + " " + quoted(path_) +
                                  ": another task is using its cursor; use read_at() and write_at(), or a lock");
    cursor_claimed_ = true;
}

}  // namespace gyre::detail
