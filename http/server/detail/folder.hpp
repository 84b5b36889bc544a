#pragma once

#include <gyre/http/server/folder_options.hpp>
#include <gyre/http/server/server_request.hpp>
#include <gyre/http/server/server_response.hpp>
#include <gyre/runtime/coroutine/task.hpp>
#include <gyre/runtime/io/unique_fd.hpp>

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

struct stat;

namespace gyre::http::detail {

// A path below a folder, made from the path of a URL.
struct relative_path {
    std::string text;              // "" for the folder itself; no empty, "." or ".." segments
    bool wants_directory = false;  // it ended in a slash
    bool hidden = false;           // a segment begins with '.'
};

// Resolves "." and ".." as RFC 3986 section 5.2.4 does. Nothing when it leads out of the folder or holds a null character.
std::optional<relative_path> make_relative(std::string_view decoded);

// Opens what lies below a directory, and nothing else: no "..", absolute path or symbolic link leads out of it.
class beneath {
public:
    // Throws: fs::error when it is no directory that can be opened.
    explicit beneath(const std::string& directory);

    enum class how : std::uint8_t {
        cached,  // only if the kernel knows the path by heart, else EAGAIN: never waits for a disk
        waiting,
        checked,  // as without openat2 (before Linux 5.6, or forbidden): opens, and looks where that led
    };
    // For reading. Returns the fd, or a negative errno; EXDEV for a path that leads out, unless links may.
    int open(const std::string& path, how way, bool links_may_leave) const noexcept;

    int directory() const noexcept { return directory_.get(); }

private:
    int open_checked(const char* path, bool links_may_leave) const noexcept;

    gyre::detail::unique_fd directory_;
    std::string real_path_;
};

// The files below a directory, over HTTP.
class folder {
public:
    folder(std::string directory, folder_options options);

    // Answers for the path that the parameter "path" of the request's route has.
    task<server_response> respond(server_request& request) const;

private:
    task<int> open(const std::string& path) const;
    server_response redirect_to_slash(const server_request& request) const;

    std::string directory_;
    folder_options options_;
    beneath root_;
};

}  // namespace gyre::http::detail
