#include <gyre/fs/error.hpp>
#include <gyre/fs/file.hpp>
#include <gyre/runtime/coroutine/errors.hpp>
#include <gyre/runtime/io/unique_fd.hpp>

#include <fcntl.h>
#include <unistd.h>

#include <cerrno>

namespace gyre::fs {

file::file(int fd, std::string name) {
    detail::unique_fd opened(fd);
    state_ = detail::file_ref(new detail::file_state(fd, std::move(name)));
    opened.release();
    const off_t at = ::lseek(fd, 0, SEEK_CUR);
    if (at >= 0) {
        state_->cursor = static_cast<std::uint64_t>(at);
    } else {
        state_->seekable = false;
        state_->writes = detail::file_state::way::backend;
    }
    const int flags = ::fcntl(fd, F_GETFL);
    state_->appending = flags >= 0 && (flags & O_APPEND) != 0;
}

const detail::file_ref& file::state(const char* action) const {
    if (!state_)
        throw invalid_state_error(std::string("gyre: cannot ") + action + " an empty file object: it was moved from, or never opened");
    return state_;
}

const std::string& file::path() const { return state("ask the path of")->path(); }

detail::file_read file::read_at(std::uint64_t position, std::span<std::byte> buffer) const {
    return detail::file_read(state("read"), position, buffer, true);
}
detail::file_write file::write_at(std::uint64_t position, std::span<const std::byte> data) {
    return detail::file_write(state("write"), position, data);
}
detail::file_read file::read_some(std::span<std::byte> buffer) { return detail::file_read::from_cursor(state("read"), buffer); }
detail::file_write file::write_all(std::span<const std::byte> data) { return detail::file_write::to_cursor(state("write"), data); }

std::uint64_t file::cursor() const {
    state("ask the cursor of")->require_open("ask the cursor of");
    return state_->cursor;
}
void file::seek(std::uint64_t position) {
    state("seek in")->require_open("seek in");
    state_->cursor = position;
}

detail::file_size file::size() const { return detail::file_size(state("ask the size of")); }
detail::file_truncate file::truncate(std::uint64_t size) { return detail::file_truncate(state("truncate"), size); }
detail::file_sync file::sync() { return detail::file_sync(state("sync"), false); }
detail::file_sync file::sync_data() { return detail::file_sync(state("sync"), true); }
detail::file_close file::close() noexcept { return detail::file_close(state_); }

}  // namespace gyre::fs
