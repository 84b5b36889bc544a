#include <gyre/fs/detail/look_at.hpp>
#include <gyre/fs/detail/path_operation.hpp>
#include <gyre/fs/detail/placement.hpp>
#include <gyre/fs/error.hpp>
#include <gyre/fs/open.hpp>
#include <gyre/fs/paths.hpp>
#include <gyre/fs/whole_file.hpp>

#include <sys/random.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstdint>
#include <random>

namespace gyre::fs {
namespace {

constexpr std::size_t first_guess = 4096;

// A file that goes away unless it was kept. In the loop's thread: it is the end of an error's or a cancel's way out.
class temporary {
public:
    explicit temporary(std::string path) noexcept : path_(std::move(path)) {}
    temporary(const temporary&) = delete;
    temporary& operator=(const temporary&) = delete;
    ~temporary() {
        if (!path_.empty()) ::unlink(path_.c_str());
    }
    const std::string& path() const noexcept { return path_; }
    void keep() noexcept { path_.clear(); }

private:
    std::string path_;
};

std::string random_name() {
    constexpr char digits[] = "0123456789abcdefghijklmnopqrstuv";
    std::uint64_t bits = 0;
    if (::getrandom(&bits, sizeof bits, GRND_NONBLOCK) != static_cast<ssize_t>(sizeof bits)) bits = std::random_device()();
    std::string name;
    for (int i = 0; i < 12; ++i, bits >>= 5) name += digits[bits & 31];
    return name;
}

// Hidden, so that a glob over the directory does not pick it up.
std::string name_beside(const std::string& path) {
    const std::size_t slash = path.rfind('/');
    const std::size_t name = slash == std::string::npos ? 0 : slash + 1;
    return path.substr(0, name) + "." + path.substr(name, 200) + "." + random_name() + ".tmp";
}

task<void> sync_directory(const std::string& path) {
    file directory = co_await open(std::string(detail::parent_of(path)));
    try {
        co_await directory.sync();
    } catch (const error& e) {
        // Some file systems cannot, and need not.
        if (e.code() != std::errc::invalid_argument) throw;
    }
}

task<void> write_whole(file& out, std::span<const std::byte> data) {
    co_await out.write_at(0, data);
    co_await out.close();
}

}  // namespace

task<std::string> read_file(std::string path) {
    const file in = co_await open(std::move(path));
    const std::uint64_t size = co_await in.size();
    std::string content;
    content.resize(size != 0 ? size : first_guess);
    std::size_t filled = 0;
    while (true) {
        const std::size_t got = co_await in.read_at(filled, std::span(content).subspan(filled));
        filled += got;
        if (filled < content.size() || filled == size) break;
        content.resize(2 * filled);
    }
    content.resize(filled);
    co_return content;
}

task<void> write_file(std::string path, std::span<const std::byte> data, unsigned mode) {
    file out = co_await open(std::move(path), write | create | truncate, mode);
    co_await write_whole(out, data);
}

task<void> write_file(std::string path, std::string data, unsigned mode) {
    file out = co_await open(std::move(path), write | create | truncate, mode);
    co_await write_whole(out, std::as_bytes(std::span(data)));
}

namespace {

task<void> replace(const std::string& path, std::span<const std::byte> data, unsigned mode) {
    detail::require_path(path, "replace");
    struct statx old{};
    const int there = co_await detail::look_at(path, false, old);
    const bool keeps_mode = there == 0 && S_ISREG(old.stx_mode);
    if (there == 0 && S_ISDIR(old.stx_mode)) detail::throw_file_error(EISDIR, "replace", path);

    temporary beside(name_beside(path));
    file out;
    try {
        out = co_await open(beside.path(), write | create_new, mode);
    } catch (const error&) {
        beside.keep();  // not ours
        throw;
    }
    if (keeps_mode && ::fchmod(out.fd(), old.stx_mode & 07777u) != 0)
        detail::throw_file_error(errno, "replace", path, detail::quoted(path) + " with the same permissions");
    co_await out.write_at(0, data);
    co_await out.sync();
    co_await out.close();
    co_await rename(beside.path(), path);
    beside.keep();
    co_await sync_directory(path);
}

}  // namespace

task<void> replace_file(std::string path, std::span<const std::byte> data, unsigned mode) { co_await replace(path, data, mode); }
task<void> replace_file(std::string path, std::string data, unsigned mode) { co_await replace(path, std::as_bytes(std::span(data)), mode); }

}  // namespace gyre::fs
