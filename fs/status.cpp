#include <gyre/fs/detail/look_at.hpp>
#include <gyre/fs/detail/path_operation.hpp>
#include <gyre/fs/error.hpp>
#include <gyre/fs/status.hpp>

#include <sys/stat.h>
#include <sys/sysmacros.h>

#include <cerrno>

namespace gyre::fs {
namespace {

file_type type_of(unsigned mode) noexcept {
    switch (mode & S_IFMT) {
        case S_IFREG:
            return file_type::regular;
        case S_IFDIR:
            return file_type::directory;
        case S_IFLNK:
            return file_type::symlink;
        case S_IFIFO:
            return file_type::pipe;
        case S_IFSOCK:
            return file_type::socket;
        case S_IFCHR:
            return file_type::character_device;
        case S_IFBLK:
            return file_type::block_device;
        default:
            return file_type::unknown;
    }
}

std::chrono::system_clock::time_point time_of(const statx_timestamp& t) noexcept {
    const auto since_epoch = std::chrono::seconds(t.tv_sec) + std::chrono::nanoseconds(t.tv_nsec);
    return std::chrono::system_clock::time_point(std::chrono::duration_cast<std::chrono::system_clock::duration>(since_epoch));
}

file_status status_of(const struct statx& s) noexcept {
    file_status result;
    result.type = type_of(s.stx_mode);
    result.permissions = s.stx_mode & 07777u;
    result.size = s.stx_size;
    result.links = s.stx_nlink;
    result.user = s.stx_uid;
    result.group = s.stx_gid;
    result.device = makedev(s.stx_dev_major, s.stx_dev_minor);
    result.inode = s.stx_ino;
    result.accessed = time_of(s.stx_atime);
    result.modified = time_of(s.stx_mtime);
    result.changed = time_of(s.stx_ctime);
    if ((s.stx_mask & STATX_BTIME) != 0) result.created = time_of(s.stx_btime);
    return result;
}

}  // namespace
task<file_status> stat(std::string path) {
    detail::require_path(path, "stat");
    struct statx found{};
    const int got = co_await detail::look_at(path, true, found);
    if (got < 0) detail::throw_file_error(-got, "stat", path);
    co_return status_of(found);
}

task<file_status> lstat(std::string path) {
    detail::require_path(path, "stat");
    struct statx found{};
    const int got = co_await detail::look_at(path, false, found);
    if (got < 0) detail::throw_file_error(-got, "stat", path);
    co_return status_of(found);
}

task<bool> exists(std::string path) {
    detail::require_path(path, "look for");
    struct statx found{};
    const int got = co_await detail::look_at(path, true, found);
    if (got == -ENOENT || got == -ENOTDIR) co_return false;
    if (got < 0) detail::throw_file_error(-got, "look for", path);
    co_return true;
}

}  // namespace gyre::fs
