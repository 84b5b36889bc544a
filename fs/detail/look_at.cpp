#include <gyre/fs/detail/look_at.hpp>
#include <gyre/fs/detail/path_operation.hpp>
#include <gyre/fs/detail/placement.hpp>

#include <fcntl.h>
#include <sys/stat.h>

#include <cerrno>

namespace gyre::detail {
namespace {

// What was found in a local directory is the answer, unless it leads elsewhere: a symbolic link that is to be followed, or
// another file system's root.
bool ends_here(const struct statx& found, bool follow) noexcept {
    if ((found.stx_attributes & STATX_ATTR_MOUNT_ROOT) != 0) return false;
    return !follow || !S_ISLNK(found.stx_mode);
}

}  // namespace

task<int> look_at(const std::string& path, bool follow, struct statx& into) {
    if (lies_in_local_directory(path)) {
        const int got = co_await path_operation::look_inline(path, AT_SYMLINK_NOFOLLOW, into);
        if (got < 0 || ends_here(into, follow)) co_return got;
    }
    const int got = co_await path_operation::look(path, follow ? 0 : AT_SYMLINK_NOFOLLOW, into);
    if (got == 0) learn_parent_of(path);
    co_return got;
}

}  // namespace gyre::detail
