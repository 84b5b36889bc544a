#include <gyre/fs/detail/look_at.hpp>
#include <gyre/fs/detail/path_operation.hpp>
#include <gyre/fs/detail/placement.hpp>
#include <gyre/fs/error.hpp>
#include <gyre/fs/paths.hpp>

#include <fcntl.h>
#include <sys/stat.h>

#include <cerrno>
#include <string_view>
#include <vector>

namespace gyre::fs {
namespace {

void learn_new_directory(std::string_view path) noexcept {
    while (path.size() > 1 && path.back() == '/') path.remove_suffix(1);
    detail::learn_parent_of(path);
    // It lies on the file system of the directory that it was made in.
    if (detail::lies_in_local_directory(path)) detail::thread_known_directories().learn(path, detail::known_directories::kind::local);
}

// Whether the path leads to a directory.
task<bool> is_directory(const std::string& path) {
    struct statx found{};
    const int got = co_await detail::look_at(path, true, found);
    co_return got == 0 && S_ISDIR(found.stx_mode);
}

}  // namespace

task<void> make_directory(std::string path, unsigned mode) {
    detail::require_path(path, "make the directory");
    const int got = co_await detail::path_operation::make_directory(path, mode);
    if (got < 0) detail::throw_file_error(-got, "make the directory", path);
    learn_new_directory(path);
}

task<bool> make_directories(std::string path, unsigned mode) {
    detail::require_path(path, "make the directory");
    const bool there = co_await is_directory(path);
    if (there) co_return false;

    // Up to the first one that can be made, then down again.
    std::vector<std::string> missing{path};
    bool made = false;
    while (!missing.empty()) {
        const std::string next = missing.back();
        const int got = co_await detail::path_operation::make_directory(next, mode);
        if (got == -ENOENT) {
            const std::string_view above = detail::parent_of(next);
            if (above == "." || above == "/") detail::throw_file_error(ENOENT, "make the directory", path);
            missing.emplace_back(above);
            continue;
        }
        if (got == -EEXIST) {
            const bool usable = co_await is_directory(next);
            if (!usable)
                detail::throw_file_error(ENOTDIR, "make the directory", path, detail::quoted(path),
                                         "; " + detail::quoted(next) + " is in the way");
        } else if (got < 0) {
            detail::throw_file_error(-got, "make the directory", next);
        } else {
            learn_new_directory(next);
        }
        made = got == 0;
        missing.pop_back();
    }
    co_return made;
}

task<bool> remove(std::string path) {
    detail::require_path(path, "remove");
    int got = co_await detail::path_operation::remove(path, 0);
    if (got == -EISDIR) got = co_await detail::path_operation::remove(path, AT_REMOVEDIR);
    if (got == -ENOENT) co_return false;
    if (got < 0) detail::throw_file_error(-got, "remove", path);
    co_return true;
}

task<void> rename(std::string from, std::string to) {
    detail::require_path(from, "rename");
    detail::require_path(to, "rename");
    const int got = co_await detail::path_operation::rename(from, to);
    if (got < 0) detail::throw_file_error(-got, "rename", from, detail::quoted(from) + " to " + detail::quoted(to));
}

}  // namespace gyre::fs
