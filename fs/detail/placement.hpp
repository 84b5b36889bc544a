#pragma once
#include <array>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string_view>

// Where a file operation runs: in the loop's thread, when that takes microseconds, or through the backend. An operation
// through the ring that the kernel cannot finish at once goes to a kernel thread and costs up to twenty times as much, so what
// is certain, or as good as certain, not to wait for a disk is called right away. The measured figures are in
// docs/decisions/0007-file-operations.md.
namespace gyre::detail {

enum class placement : std::uint8_t { automatic, always_backend };

// For tests and measurements: keeps this thread's file operations out of the loop's thread.
void set_placement(placement p) noexcept;
bool may_run_inline() noexcept;

// More than this is not moved at once: the loop has other work.
inline constexpr std::size_t inline_bytes = 256 * 1024;
// A larger transfer is cut, so that the loop gets its turn, and a cancel its chance, in between. A read that hits the page
// cache runs in the loop's thread even through the ring; a write does not.
inline constexpr std::size_t read_piece_bytes = 1024 * 1024;
inline constexpr std::size_t write_piece_bytes = 4 * 1024 * 1024;

// True for a file system without a server or a user's process behind it.
bool is_local_type(long type) noexcept;
// True when a write to the open file only fills the page cache: a regular file on a local file system.
bool writes_to_page_cache(int fd) noexcept;

// True when a read of the open file only copies memory: a regular file on a file system that has no device.
bool reads_from_memory(int fd) noexcept;

// Calls that may wait for a disk are made inline as long as they prove quick. After one that was not (a full journal, a device
// that cannot keep up), the backend has them for a while, twice as long each time in a row. A thread that was only kept from its
// CPU looks the same by the clock, so the first slow call just arouses suspicion: for a while every call is asked whether it
// really waited.
class stall_guard {
public:
    using time_point = std::chrono::nanoseconds;  // of a clock with ticks of a few milliseconds, which costs nothing to read
    static constexpr std::chrono::milliseconds stall{15};
    static constexpr std::chrono::milliseconds suspicion{2000};
    static constexpr std::chrono::milliseconds first_pause{250};
    static constexpr std::chrono::milliseconds longest_pause{8000};

    bool allows(time_point now) const noexcept { return now >= closed_until_; }
    bool suspicious(time_point now) const noexcept { return now < suspicious_until_; }
    // An inline call has ended; `waited` says whether it slept, when that was asked.
    void observe(time_point start, time_point end, std::optional<bool> waited) noexcept;

private:
    time_point closed_until_{};
    time_point suspicious_until_{};
    std::chrono::milliseconds pause_ = first_pause;
};

// Makes the call when this thread's calls prove quick: its result, or a negative errno; nullopt when the backend should.
template <class Call>
std::optional<std::int64_t> call_inline(Call call);

stall_guard::time_point coarse_now() noexcept;
stall_guard& thread_stall_guard() noexcept;
// How often this thread has slept, for whatever reason.
long times_slept() noexcept;
// The call's result, or minus errno when it is -1.
std::int64_t result_or_errno(std::int64_t result) noexcept;

template <class Call>
std::optional<std::int64_t> call_inline(Call call) {
    stall_guard& guard = thread_stall_guard();
    const auto start = coarse_now();
    if (!guard.allows(start)) return std::nullopt;
    const bool ask = guard.suspicious(start);
    const long slept = ask ? times_slept() : 0;
    const std::int64_t result = result_or_errno(call());
    guard.observe(start, coarse_now(), ask ? std::optional(times_slept() != slept) : std::nullopt);
    return result;
}

// Which directories lie on a local file system, by the path that names them, as far as this thread has learned. A stale answer
// (another working directory, a new mount) only makes an operation run at the other place.
class known_directories {
public:
    enum class kind : std::uint8_t { unknown, local, other };
    kind find(std::string_view directory) const noexcept;
    void learn(std::string_view directory, kind k) noexcept;

private:
    struct entry {
        std::uint64_t hash = 0;
        kind what = kind::unknown;
    };
    static std::uint64_t hash_of(std::string_view directory) noexcept;
    std::array<entry, 32> entries_{};
    std::size_t next_ = 0;
};
known_directories& thread_known_directories() noexcept;

// The directory part of a path: "." for a plain name, "/" for what lies in the root.
std::string_view parent_of(std::string_view path) noexcept;
// True when the directory that holds `path` is known to be local.
bool lies_in_local_directory(std::string_view path) noexcept;
// After an operation on `path` has succeeded through the backend, so that its directory is in the kernel's caches.
void learn_parent_of(std::string_view path) noexcept;

}  // namespace gyre::detail
