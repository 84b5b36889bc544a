#include <gyre/fs/detail/control.hpp>
#include <gyre/fs/detail/placement.hpp>
#include <gyre/fs/error.hpp>

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>

namespace gyre::detail {

bool file_sync::begin() {
    file_->require_open("sync");
    fd = file_->fd();
    submit_operation(branch_->owner(), *this);
    file_->begin_operation();
    return false;
}

void file_sync::await_resume() {
    const int got = finish();
    if (got < 0) throw_file_error(file_->is_open() ? -got : EBADF, "sync", file_->path());
}

bool file_size::begin() {
    file_->require_open("ask the size of");
    struct statx about{};
    const int got = ::statx(file_->fd(), "", AT_EMPTY_PATH | AT_STATX_DONT_SYNC, STATX_SIZE, &about);
    result = static_cast<std::int32_t>(result_or_errno(got));
    size = about.stx_size;
    return true;
}

std::uint64_t file_size::await_resume() {
    const int got = finish();
    if (got < 0) throw_file_error(-got, "ask the size of", file_->path());
    return size;
}

bool file_truncate::begin() {
    file_->require_open("truncate");
    std::int64_t got = 0;
    do got = result_or_errno(::ftruncate(file_->fd(), static_cast<off_t>(size)));
    while (got == -EINTR);
    result = static_cast<std::int32_t>(got);
    return true;
}

void file_truncate::await_resume() {
    const int got = finish();
    if (got < 0) throw_file_error(-got, "truncate", file_->path());
}

bool file_close::close_inline() noexcept {
    if (!file_->is_open()) return true;
    if (file_->close_needs_backend() || !may_run_inline()) return false;
    result = static_cast<std::int32_t>(result_or_errno(::close(file_->take_fd())));
    return true;
}

void file_close::begin() {
    fd = file_->fd();
    submit_operation(branch_->owner(), *this);
    file_->take_fd();
}

void file_close::await_resume() {
    // Linux has closed the fd when it says EINTR.
    if (result < 0 && result != -EINTR) throw_file_error(-result, "close", file_->path());
}

}  // namespace gyre::detail
