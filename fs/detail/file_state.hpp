#pragma once
#include <gyre/runtime/coroutine/frame_allocator.hpp>
#include <gyre/runtime/coroutine/future_core.hpp>

#include <cstdint>
#include <string>
#include <string_view>

namespace gyre::detail {

// An open file, shared by its fs::file and by what is under way on it. Of one thread at a time.
class file_state final : public frame_allocated {
public:
    // How the next small read or write is made.
    enum class way : std::uint8_t {
        ask,      // in the loop's thread, when the kernel says that it would not wait (RWF_NOWAIT)
        plain,    // in the loop's thread: the kernel cannot say, but where the file lies says it
        backend,  // neither
    };

    file_state(int fd, std::string path) noexcept : fd_(fd), path_(std::move(path)) {}
    file_state(const file_state&) = delete;
    file_state& operator=(const file_state&) = delete;

    void add_reference() noexcept { ++references_; }
    void release() noexcept {
        if (--references_ == 0) delete this;
    }

    bool is_open() const noexcept { return fd_ >= 0; }
    int fd() const noexcept { return fd_; }
    const std::string& path() const noexcept { return path_; }
    // Throws: invalid_state_error when closed.
    void require_open(std::string_view action) const;

    // Operations that a backend has.
    void begin_operation() noexcept { ++in_flight_; }
    void end_operation() noexcept { --in_flight_; }
    // True when closing may wait or has to cancel something, so that the backend should do it.
    bool close_needs_backend() const noexcept { return in_flight_ != 0 || reads == way::backend || writes == way::backend; }
    int take_fd() noexcept { return std::exchange(fd_, -1); }
    // Closes with nobody waiting for the result.
    void close_detached() noexcept;

    // The cursor is one task's at a time. Throws: invalid_state_error when another has it.
    void claim_cursor(std::string_view action);
    void free_cursor() noexcept { cursor_claimed_ = false; }

    std::uint64_t cursor = 0;
    bool seekable = true;    // false: a pipe or a terminal, which has no positions
    bool appending = false;  // writes go to the end, not to the cursor
    way reads = way::ask;
    way writes = way::ask;

private:
    ~file_state() { close_detached(); }

    int fd_;
    std::uint32_t references_ = 1;
    std::uint32_t in_flight_ = 0;
    bool cursor_claimed_ = false;
    std::string path_;
};

using file_ref = core_ref<file_state>;

}  // namespace gyre::detail
