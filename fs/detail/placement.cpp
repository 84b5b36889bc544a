#include <gyre/fs/detail/placement.hpp>

#include <fcntl.h>
#include <linux/magic.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/vfs.h>
#include <time.h>

#include <cerrno>
#include <functional>
#include <string>

namespace gyre::detail {
namespace {

// Not in every version of linux/magic.h.
constexpr long bcachefs_magic = 0xca451a4e;
constexpr long zfs_magic = 0x2fc12fc1;
constexpr long xfs_magic = 0x58465342;

constinit thread_local placement chosen = placement::automatic;
constinit thread_local stall_guard this_threads_guard;
constinit thread_local known_directories directories;

known_directories::kind kind_of_directory(const std::string& path) noexcept {
    struct statfs about{};
    if (::statfs(path.c_str(), &about) != 0) return known_directories::kind::unknown;
    return is_local_type(about.f_type) ? known_directories::kind::local : known_directories::kind::other;
}

// The type of the file system, of a regular file only.
std::optional<long> type_under_regular_file(int fd) noexcept {
    struct statx about{};
    if (::statx(fd, "", AT_EMPTY_PATH | AT_STATX_DONT_SYNC, STATX_TYPE, &about) != 0 || !S_ISREG(about.stx_mode)) return std::nullopt;
    struct statfs where{};
    if (::fstatfs(fd, &where) != 0) return std::nullopt;
    return where.f_type;
}

}  // namespace

void set_placement(placement p) noexcept { chosen = p; }
bool may_run_inline() noexcept { return chosen == placement::automatic; }

bool is_local_type(long type) noexcept {
    switch (type) {
        case EXT4_SUPER_MAGIC:  // ext2 and ext3 too
        case BTRFS_SUPER_MAGIC:
        case F2FS_SUPER_MAGIC:
        case TMPFS_MAGIC:
        case RAMFS_MAGIC:
        case OVERLAYFS_SUPER_MAGIC:
        case xfs_magic:
        case bcachefs_magic:
        case zfs_magic:
            return true;
        default:
            return false;
    }
}

bool writes_to_page_cache(int fd) noexcept {
    const auto type = type_under_regular_file(fd);
    if (!type || !is_local_type(*type)) return false;
    const int flags = ::fcntl(fd, F_GETFL);
    return flags >= 0 && (flags & (O_SYNC | O_DSYNC | O_DIRECT)) == 0;
}

bool reads_from_memory(int fd) noexcept {
    const auto type = type_under_regular_file(fd);
    return type && (*type == TMPFS_MAGIC || *type == RAMFS_MAGIC);
}

stall_guard::time_point coarse_now() noexcept {
    timespec now{};
    ::clock_gettime(CLOCK_MONOTONIC_COARSE, &now);
    return std::chrono::seconds(now.tv_sec) + std::chrono::nanoseconds(now.tv_nsec);
}

stall_guard& thread_stall_guard() noexcept { return this_threads_guard; }

long times_slept() noexcept {
    rusage used{};
    ::getrusage(RUSAGE_THREAD, &used);
    return used.ru_nvcsw;
}

void stall_guard::observe(time_point start, time_point end, std::optional<bool> waited) noexcept {
    if (end - start < stall) {
        if (closed_until_ == time_point()) [[likely]]
            return;
        // The first after a pause: all is well again.
        closed_until_ = time_point();
        pause_ = first_pause;
        return;
    }
    if (!waited) {
        suspicious_until_ = end + suspicion;
    } else if (*waited) {
        closed_until_ = end + pause_;
        suspicious_until_ = closed_until_ + suspicion;
        if (pause_ < longest_pause) pause_ *= 2;
    }
}

std::int64_t result_or_errno(std::int64_t result) noexcept { return result == -1 ? -static_cast<std::int64_t>(errno) : result; }

known_directories::kind known_directories::find(std::string_view directory) const noexcept {
    const std::uint64_t hash = hash_of(directory);
    for (const entry& e : entries_)
        if (e.hash == hash && e.what != kind::unknown) return e.what;
    return kind::unknown;
}

void known_directories::learn(std::string_view directory, kind k) noexcept {
    const std::uint64_t hash = hash_of(directory);
    for (entry& e : entries_) {
        if (e.hash != hash || e.what == kind::unknown) continue;
        e.what = k;
        return;
    }
    entries_[next_] = entry{hash, k};
    next_ = (next_ + 1) % entries_.size();
}

std::uint64_t known_directories::hash_of(std::string_view directory) noexcept { return std::hash<std::string_view>()(directory); }

known_directories& thread_known_directories() noexcept { return directories; }

std::string_view parent_of(std::string_view path) noexcept {
    while (path.size() > 1 && path.back() == '/') path.remove_suffix(1);
    const std::size_t slash = path.rfind('/');
    if (slash == std::string_view::npos) return ".";
    path = path.substr(0, slash);
    while (!path.empty() && path.back() == '/') path.remove_suffix(1);
    return path.empty() ? "/" : path;
}

bool lies_in_local_directory(std::string_view path) noexcept {
    return may_run_inline() && directories.find(parent_of(path)) == known_directories::kind::local;
}

void learn_parent_of(std::string_view path) noexcept {
    const std::string_view parent = parent_of(path);
    if (!may_run_inline() || directories.find(parent) != known_directories::kind::unknown) return;
    try {
        directories.learn(parent, kind_of_directory(std::string(parent)));
    } catch (...) {  // no memory for the name: not learned
    }
}

}  // namespace gyre::detail
