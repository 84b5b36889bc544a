#pragma once
#include <gyre/fs/detail/control.hpp>
#include <gyre/fs/detail/file_state.hpp>
#include <gyre/fs/detail/transfer.hpp>
#include <gyre/runtime/coroutine/async_generator.hpp>

#include <concepts>
#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <string_view>

namespace gyre::detail {
template <class T>
concept bytes_and_text = std::convertible_to<const T&, std::span<const std::byte>> && std::convertible_to<const T&, std::string_view>;
}

namespace gyre::fs {

// An open file; opened with fs::open(). Move-only. Positions are bytes from the start.
//
// read_at and write_at say where, keep no state, and may run side by side on one file, from as many tasks as you like. On top
// stands a cursor: read_some, write_all and lines begin where the last of them ended; one task at a time uses it.
//
// A write that has returned is written: the file system has every byte, and other processes see it. It survives a power cut
// once sync() has returned. No error surfaces on a later call than the one that failed.
//
// Memory handed to a read or a write belongs to it until the co_await is over.
// close() reports what the file system says; the destructor closes as well and tells nobody.
// Thread: a loop's; to another one only while nothing is under way.
class file {
public:
    static constexpr std::size_t longest_line = 1024 * 1024;

    file() noexcept = default;  // empty
    // Takes an open fd over (it is closed when that throws). `name` stands for the path in messages. The cursor begins where the fd's
    // stands. Throws: std::bad_alloc.
    file(int fd, std::string name);
    file(file&&) noexcept = default;
    file& operator=(file&& other) noexcept {
        if (this != &other) {
            abandon();
            state_ = std::exchange(other.state_, detail::file_ref());
        }
        return *this;
    }
    // Cancels what is under way, and closes.
    ~file() { abandon(); }

    bool is_open() const noexcept { return state_ && state_->is_open(); }
    explicit operator bool() const noexcept { return is_open(); }
    // As it was given to open(). Throws: invalid_state_error when it is empty.
    const std::string& path() const;
    // Stays the file's; -1 when closed.
    int fd() const noexcept { return state_ ? state_->fd() : -1; }

    // --- at a position
    // Reads into the buffer. Returns: the number of bytes; fewer than the buffer's size only at the end of the file, 0 past it.
    // Cancel: at once, nothing is lost. Thread: a loop's.
    // Throws: fs::error; invalid_state_error when the file is closed.
    detail::file_read read_at(std::uint64_t position, std::span<std::byte> buffer) const;
    detail::file_read read_at(std::uint64_t position, std::span<char> buffer) const {
        return read_at(position, std::as_writable_bytes(buffer));
    }
    // Writes all of the data, over what is there, and makes the file longer when it ends behind. On a file opened with
    // fs::append it goes to the end, whatever the position.
    // Cancel: before it begins, nothing is written; one under way ends as soon as the system lets it, and may have written a
    // first part. Lossless when it was finished first: that is delivered and the request stays pending. Thread: a loop's.
    // Throws: fs::error, which says how much was written when that is not nothing; invalid_state_error when the file is closed.
    detail::file_write write_at(std::uint64_t position, std::span<const std::byte> data);
    detail::file_write write_at(std::uint64_t position, std::string_view data) {
        return write_at(position, std::as_bytes(std::span(data)));
    }
    // For what is both, such as http::bytes.
    detail::file_write write_at(std::uint64_t position, const detail::bytes_and_text auto& data) {
        return write_at(position, std::span<const std::byte>(data));
    }

    // --- at the cursor
    // Reads what is there. Returns: the number of bytes, at least 1, or 0 at the end of the file.
    // Cancel: at once, nothing is lost: the cursor stays, and what a pipe gave is delivered.
    // Thread: a loop's. Throws: fs::error; invalid_state_error when the file is closed, or another task uses the cursor.
    detail::file_read read_some(std::span<std::byte> buffer);
    detail::file_read read_some(std::span<char> buffer) { return read_some(std::as_writable_bytes(buffer)); }
    // Writes all of the data. A file opened with fs::append takes it at its end, and the cursor, which is then the reader's,
    // stays.
    // Cancel: as write_at(), and the cursor stands behind what was written. Thread: a loop's. Throws: as write_at(); invalid_state_error
    // when another task uses the cursor.
    detail::file_write write_all(std::span<const std::byte> data);
    detail::file_write write_all(std::string_view data) { return write_all(std::as_bytes(std::span(data))); }
    detail::file_write write_all(const detail::bytes_and_text auto& data) { return write_all(std::span<const std::byte>(data)); }
    // The lines from the cursor on, without their "\n" or "\r\n"; the last one may lack it. After each the cursor stands behind
    // it, so a loop that is left early, or a seek() inside it, does what one expects; only of a pipe what was read ahead is lost.
    // Cancel: at once, nothing is lost of a file; of a pipe what was read ahead is. Thread: a loop's.
    // Throws: fs::error, also for a line longer than `longest` bytes; invalid_state_error when the file is closed.
    async_generator<std::string> lines(std::size_t longest = longest_line);
    // Where the cursor stands. Nothing is asked of the system. Throws: invalid_state_error when the file is empty or closed.
    std::uint64_t cursor() const;
    void seek(std::uint64_t position);

    // --- the whole file
    // Returns: its size in bytes, as this machine knows it (another machine's write over a network may be missing).
    // Cancel: before it begins, nothing is lost. Thread: a loop's.
    // Throws: fs::error; invalid_state_error when the file is closed.
    detail::file_size size() const;
    // Cuts the file, or makes it longer with zeros. The cursor stays.
    // Cancel, Thread, Throws: as size().
    detail::file_truncate truncate(std::uint64_t size);
    // Waits until what was written is on the device: sync() with all about the file, sync_data() with what is needed to read it.
    // Cancel: as soon as the system lets it; nothing that was written is lost, but whether it is on the device is not known.
    // Thread: a loop's.
    // Throws: fs::error: then some write since the last sync may be lost; invalid_state_error when the file is closed.
    detail::file_sync sync();
    detail::file_sync sync_data();
    // Cancels what is under way on the file, and closes it. Closing a closed file does nothing.
    // Cancel: does not end it, nothing is lost: the request stays pending. Thread: a loop's.
    // Throws: fs::error; the file is closed all the same.
    detail::file_close close() noexcept;

    // For the library.
    explicit file(detail::file_ref state) noexcept : state_(std::move(state)) {}

private:
    const detail::file_ref& state(const char* action) const;
    void abandon() noexcept {
        if (state_) state_->close_detached();
    }

    detail::file_ref state_;
};

}  // namespace gyre::fs
