#include <gyre/http/server/detail/folder.hpp>

#include <gyre/fs/error.hpp>
#include <gyre/fs/status.hpp>
#include <gyre/http/headers/field_syntax.hpp>
#include <gyre/http/server/detail/descriptor_wait.hpp>
#include <gyre/http/server/detail/file_response.hpp>
#include <gyre/http/server/detail/response_head.hpp>
#include <gyre/http/server/mime_types.hpp>

#include <fcntl.h>
#include <linux/openat2.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <atomic>
#include <cerrno>
#include <climits>
#include <stdexcept>
#include <utility>
#include <vector>

namespace gyre::http::detail {
namespace {

constexpr int open_flags = O_RDONLY | O_CLOEXEC | O_NOCTTY | O_NONBLOCK;

// What this process has learned about the kernel.
std::atomic<bool> has_openat2 = true;
std::atomic<bool> has_resolve_cached = true;

int open_at(int directory, const char* path, std::uint64_t resolve) noexcept {
    open_how request{};
    request.flags = open_flags;
    request.resolve = resolve;
    const long fd = ::syscall(SYS_openat2, directory, path, &request, sizeof request);
    return fd >= 0 ? static_cast<int>(fd) : -errno;
}

// Where an open fd lies; empty when /proc does not tell.
std::string real_path_of(int fd) {
    char path[PATH_MAX];
    const ssize_t size = ::readlink(("/proc/self/fd/" + std::to_string(fd)).c_str(), path, sizeof path);
    return size > 0 ? std::string(path, static_cast<std::size_t>(size)) : std::string();
}

}  // namespace

std::optional<relative_path> make_relative(std::string_view decoded) {
    if (decoded.find('\0') != std::string_view::npos) return std::nullopt;
    relative_path result;
    std::vector<std::string_view> segments;
    for (std::string_view rest = decoded;;) {
        const std::size_t slash = rest.find('/');
        const std::string_view segment = rest.substr(0, slash);
        if (segment == "..") {
            if (segments.empty()) return std::nullopt;
            segments.pop_back();
        } else if (!segment.empty() && segment != ".") {
            segments.push_back(segment);
        }
        if (slash == std::string_view::npos) {
            result.wants_directory = segment.empty() || segment == "." || segment == "..";
            break;
        }
        rest.remove_prefix(slash + 1);
    }
    for (const std::string_view segment : segments) {
        if (!result.text.empty()) result.text += '/';
        result.text += segment;
        result.hidden = result.hidden || (segment.starts_with('.') && segment != ".well-known");
    }
    return result;
}

beneath::beneath(const std::string& directory) : directory_(::open(directory.c_str(), O_PATH | O_DIRECTORY | O_CLOEXEC)) {
    if (!directory_) throw fs::error(errno, "serve", directory, "the folder '" + directory + "'");
    real_path_ = real_path_of(directory_.get());
}

int beneath::open(const std::string& path, how way, bool links_may_leave) const noexcept {
    const char* const relative = path.empty() ? "." : path.c_str();
    if (way != how::checked && has_openat2.load(std::memory_order_relaxed)) {
        std::uint64_t resolve = RESOLVE_NO_MAGICLINKS;
        if (!links_may_leave) resolve |= RESOLVE_BENEATH;
        const bool cached = way == how::cached && has_resolve_cached.load(std::memory_order_relaxed);
        int fd = open_at(directory_.get(), relative, cached ? resolve | RESOLVE_CACHED : resolve);
        if (cached && fd == -EINVAL) {  // before Linux 5.12
            has_resolve_cached.store(false, std::memory_order_relaxed);
            fd = open_at(directory_.get(), relative, resolve);
        }
        // Without RESOLVE_CACHED it means that something was renamed meanwhile.
        if (way == how::waiting && fd == -EAGAIN) fd = open_at(directory_.get(), relative, resolve);
        if (fd != -ENOSYS && fd != -EPERM) return fd;
        // A seccomp filter that does not know the call refuses it with EPERM.
        has_openat2.store(false, std::memory_order_relaxed);
    }
    return open_checked(relative, links_may_leave);
}

int beneath::open_checked(const char* path, bool links_may_leave) const noexcept {
    const int fd = ::openat(directory_.get(), path, open_flags);
    if (fd < 0) return -errno;
    if (links_may_leave) return fd;
    bool inside = false;
    try {
        const std::string where = real_path_of(fd);
        const std::string below = real_path_.ends_with('/') ? real_path_ : real_path_ + '/';
        inside = !real_path_.empty() && (where == real_path_ || where.starts_with(below));
    } catch (...) {
        ::close(fd);
        return -ENOMEM;
    }
    if (inside) return fd;
    ::close(fd);
    return -EXDEV;
}

folder::folder(std::string directory, folder_options options)
    : directory_(std::move(directory)), options_(std::move(options)), root_(directory_) {
    // What goes into every head is checked once, here.
    headers().add("Cache-Control", options_.cache_control);
    headers().add("Content-Type", options_.charset);
    for (const std::string& name : options_.index) {
        if (name.empty() || name.find('/') != std::string::npos)
            throw std::invalid_argument("gyre: folder_options::index holds " + quoted(name) + "; give the plain name of a file");
    }
}

task<int> folder::open(const std::string& path) const {
    descriptor_wait shortage;
    for (;;) {
        int fd = root_.open(path, beneath::how::cached, options_.links_may_leave);
        if (fd == -EAGAIN) {
            // The kernel would have to read directories: a stat brings them into its caches without holding up the loop.
            try {
                co_await fs::lstat(directory_ + '/' + path);
            } catch (const fs::error&) {
            }
            fd = root_.open(path, beneath::how::waiting, options_.links_may_leave);
        }
        if (!shortage.may_help(-fd)) co_return fd;
        co_await shortage.pause();
    }
}

task<server_response> folder::respond(server_request& request) const {
    const std::optional<relative_path> asked = make_relative(request.param("path"));
    if (!asked) co_return plain_answer(400);
    if (asked->hidden && !options_.hidden_files) co_return plain_answer(404);

    std::string path = asked->text;
    gyre::detail::unique_fd fd;
    int error = ENOENT;
    if (asked->wants_directory) {
        for (const std::string& name : options_.index) {
            path = asked->text;
            if (!path.empty()) path += '/';
            path += name;
            const int opened = co_await open(path);
            error = opened < 0 ? -opened : 0;
            if (opened >= 0) fd.reset(opened);
            if (error != ENOENT) break;
        }
        if (error == ENOENT) {
            // A directory without an index is not to be looked into.
            const int opened = co_await open(asked->text);
            error = opened < 0 ? -opened : EACCES;
            const gyre::detail::unique_fd directory(opened < 0 ? -1 : opened);
            struct stat about{};
            if (opened >= 0 && ::fstat(opened, &about) == 0 && !S_ISDIR(about.st_mode)) error = ENOTDIR;
        }
    } else {
        const int opened = co_await open(path);
        error = opened < 0 ? -opened : 0;
        if (opened >= 0) fd.reset(opened);
    }

    struct stat about{};
    if (error == 0 && ::fstat(fd.get(), &about) != 0) error = errno;
    if (error == 0 && S_ISDIR(about.st_mode)) {
        if (!asked->wants_directory) co_return redirect_to_slash(request);
        error = EACCES;
    }
    if (error == 0 && !S_ISREG(about.st_mode)) error = ENOENT;
    if (error != 0) {
        const int status = status_of_open_error(error);
        if (status == 0) throw fs::error(error, "open", directory_ + '/' + path, "'" + directory_ + '/' + path + "'");
        co_return plain_answer(status);
    }
    // It was for what is no file. On a file it would make reads fail that have to wait for the disk.
    static_cast<void>(::fcntl(fd.get(), F_SETFL, 0));

    server_response response;
    if (!options_.cache_control.empty()) response.headers().add("Cache-Control", options_.cache_control);
    const std::string type = with_charset(mime_type(path), options_.charset);
    // It begins at 0 and is read at positions only: nothing has to be asked of the system.
    gyre::detail::file_ref file(new gyre::detail::file_state(fd.get(), std::move(path)));
    fd.release();
    answer_with_file(request, response, fs::file(std::move(file)), about, type);
    co_return response;
}

server_response folder::redirect_to_slash(const server_request& request) const {
    // "//host" would be another site, and browsers take '\' for '/'.
    std::string_view rest = request.path();
    while (rest.starts_with('/') || rest.starts_with('\\')) rest.remove_prefix(1);
    std::string location = "/";
    location.append(rest).append("/");
    if (!request.query().empty()) location.append("?").append(request.query());
    return server_response::redirect(location, 301);
}

}  // namespace gyre::http::detail
