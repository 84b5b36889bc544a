#include <gyre/fs/detail/path_operation.hpp>
#include <gyre/fs/detail/placement.hpp>
#include <gyre/fs/error.hpp>
#include <gyre/fs/open.hpp>
#include <gyre/runtime/io/unique_fd.hpp>

#include <fcntl.h>

#include <cerrno>
#include <stdexcept>
#include <string_view>
#include <utility>

namespace gyre::fs {
namespace {

int system_flags(open_flags flags, const std::string& path) {
    const bool writes = has(flags, write) || has(flags, append);
    if (!writes && (flags & (create | create_new | truncate)) != open_flags())
        throw std::invalid_argument("gyre: cannot open " + detail::quoted(path) +
                                    ": create, create_new and truncate need fs::write with them");
    if (!writes && !has(flags, read))
        throw std::invalid_argument("gyre: cannot open " + detail::quoted(path) + ": the flags have neither fs::read nor fs::write");
    int system = writes ? (has(flags, read) ? O_RDWR : O_WRONLY) : O_RDONLY;
    if (has(flags, create)) system |= O_CREAT;
    if (has(flags, create_new)) system |= O_CREAT | O_EXCL;
    if (has(flags, truncate)) system |= O_TRUNC;
    if (has(flags, append)) system |= O_APPEND;
    return system | O_CLOEXEC | O_NOCTTY;
}

std::string_view purpose(open_flags flags) noexcept {
    if (!has(flags, write) && !has(flags, append)) return "for reading";
    return has(flags, read) ? "for reading and writing" : "for writing";
}

}  // namespace

task<file> open(std::string path, open_flags flags, unsigned mode) {
    const int system = system_flags(flags, path);
    detail::require_path(path, "open");
    const bool creates = (system & O_CREAT) != 0;

    // What exists already the backend opens: that may wait, for the other end of a pipe or for a long file to be truncated.
    const bool try_here = creates && detail::lies_in_local_directory(path);
    int got = -EEXIST;
    if (try_here) got = co_await detail::path_operation::create_inline(path, system, mode);
    const bool fresh = got >= 0;
    if (got == -EEXIST && !(try_here && has(flags, create_new))) {
        got = co_await detail::path_operation::open(path, system, mode);
        if (creates && got >= 0) detail::learn_parent_of(path);
    }
    if (got < 0) detail::throw_file_error(-got, "open", path, detail::quoted(path) + " " + std::string(purpose(flags)));

    detail::unique_fd opened(got);
    detail::file_ref state(new detail::file_state(got, std::move(path)));
    opened.release();
    state->appending = has(flags, append);
    if (fresh) state->writes = detail::file_state::way::plain;
    co_return file(std::move(state));
}

}  // namespace gyre::fs
