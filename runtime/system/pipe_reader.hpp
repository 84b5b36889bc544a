#pragma once
#include <gyre/runtime/coroutine/async_generator.hpp>
#include <gyre/runtime/coroutine/task.hpp>
#include <gyre/runtime/system/end_of_stream_error.hpp>
#include <gyre/runtime/system/process_awaiters.hpp>

#include <cstddef>
#include <optional>
#include <span>
#include <string>
#include <utility>

namespace gyre {

// Reads what a child writes: its output, its error stream. From process::out() and process::err().
//
//     while (auto line = co_await child.out().read_line()) use(*line);
//
// A handle to a pipe of the process, cheap to copy; it does not keep the child from being killed. Nothing is read while nobody awaits a
// read, so a child that writes much waits for its reader. What a read brought beyond what it gives is there for the next one, whichever
// it is. One task reads at a time: beside any of these but read_some(), every other read is refused.
// Cancel: at once, and lossless: what has come is read by the next read.
// Thread: the loop's.
// Throws: std::system_error, ECANCELED when the pipe is closed meanwhile because the process object has gone;
// invalid_state_error when it is closed already (by communicate(), close(), or the process object's end), or while another task reads.
class pipe_reader {
public:
    // What a line or a delimited piece may have, unless said otherwise.
    static constexpr std::size_t default_limit = 64 * 1024;

    // Waits for bytes and reads what is there, at most the buffer's size.
    // Returns: how many; 0 at the end of the stream, or for an empty buffer.
    detail::process_read read_some(std::span<char> into) const { return read_some(into.data(), into.size()); }
    detail::process_read read_some(void* data, std::size_t size) const {
        return detail::process_read(child_, which_, static_cast<char*>(data), size);
    }

    // Fills the buffer, which stays in place until then.
    // Throws: end_of_stream_error when the stream ends first; the buffer has what came.
    task<> read_exactly(std::span<char> into) const { return fill(*this, into); }
    task<> read_exactly(void* data, std::size_t size) const { return read_exactly(std::span<char>(static_cast<char*>(data), size)); }
    // The next `size` bytes. Throws: the same; its partial() has what came.
    task<std::string> read_exactly(std::size_t size) const { return read_bytes(*this, size); }

    // Reads to the first `delimiter`. Returns: what stands before it, and the delimiter.
    // Throws: end_of_stream_error when the stream ends first; its partial() has what came. std::system_error with EMSGSIZE when it takes
    // more than `limit` bytes in all, with nothing consumed; std::invalid_argument for an empty delimiter.
    task<std::string> read_until(std::string delimiter, std::size_t limit = default_limit) const {
        return read_delimited(*this, std::move(delimiter), limit);
    }
    // Reads a line. Returns: it, without its "\n" or "\r\n"; the rest at the end of the stream; nullopt after that.
    // Throws: std::system_error with EMSGSIZE when it has more than `limit` bytes, with nothing consumed.
    task<std::optional<std::string>> read_line(std::size_t limit = default_limit) const { return read_text_line(*this, limit); }
    // Reads to the end of the stream.
    // Throws: std::system_error with EMSGSIZE when that is more than `limit` bytes, with nothing consumed.
    task<std::string> read_all(std::size_t limit = static_cast<std::size_t>(-1)) const { return read_to_end(*this, limit); }

    // The lines, as read_line() gives them. A generator ends with the first error, a cancel too: the next one goes on where it stopped.
    // Of several, each line comes from one; two that wait at the same time are two tasks that read.
    async_generator<std::string> lines(std::size_t limit = default_limit) const { return lines_of(*this, limit); }

    // For the library. Throws: invalid_state_error when the stream is no pipe, or closed.
    pipe_reader(detail::process_ref child, detail::standard_stream which) : child_(std::move(child)), which_(which) {
        child_->require_pipe(which_);
    }

private:
    static task<> fill(pipe_reader from, std::span<char> into);
    static task<std::string> read_bytes(pipe_reader from, std::size_t size);
    static task<std::string> read_delimited(pipe_reader from, std::string delimiter, std::size_t limit);
    static task<std::optional<std::string>> read_text_line(pipe_reader from, std::size_t limit);
    static task<std::string> read_to_end(pipe_reader from, std::size_t limit);
    static async_generator<std::string> lines_of(pipe_reader from, std::size_t limit);

    detail::process_ref child_;
    detail::standard_stream which_;
};

}  // namespace gyre
