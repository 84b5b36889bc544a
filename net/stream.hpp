#pragma once
#include <gyre/net/address.hpp>
#include <gyre/net/buffer.hpp>
#include <gyre/net/detail/stream_operation.hpp>
#include <gyre/net/detail/transport.hpp>
#include <gyre/net/error.hpp>
#include <gyre/runtime/coroutine/task.hpp>
#include <gyre/runtime/loop/loop_options.hpp>

#include <cstddef>
#include <optional>
#include <span>
#include <string>
#include <utility>

namespace gyre::net {

// A connected byte stream: TCP or a Unix socket. Move-only; of the loop it was made in.
//
// One task may read while another writes; two readers, or two writers, at once must agree among themselves. Closing it ends
// what others wait for, with errc::closed. A write to a peer that is gone is an error, never SIGPIPE. The destructor closes
// too, without waiting.
// Cancel: the kernel is asked to stop and the await ends when it has. Reads are lossless: what had come is
// delivered, or read by the next read. Of a write_all that has sent a part it is lost how much; close the stream then.
// Thread: the loop's.
// Throws: net::error with the system's code (ECONNRESET, EPIPE, ...) or errc::closed; invalid_state_error for a task of another loop; and
// what a member names.
class stream {
public:
    // What a line or a delimited piece may have, unless said otherwise.
    static constexpr std::size_t default_limit = 64 * 1024;

    // Connected to nothing.
    stream() noexcept = default;
    stream(stream&&) noexcept = default;
    stream& operator=(stream&& other) noexcept {
        if (this != &other) {
            drop();
            transport_ = std::move(other.transport_);
        }
        return *this;
    }
    ~stream() { drop(); }

    // Takes over a connected stream socket (its fd is closed when that throws). The socket becomes blocking and close-on-exec.
    // Throws: net::error when it is not a connected stream socket; invalid_state_error outside a running loop.
    static stream adopt(int fd);

    // False when it is connected to nothing, or closed.
    explicit operator bool() const noexcept { return transport_ && !transport_->closed(); }

    // --- reading
    // Waits for bytes and reads what is there, at most the buffer's size.
    // Returns: how many; 0 at the end of the stream, or for an empty buffer.
    detail::read_some_awaiter read_some(mutable_buffer into) { return {open(), into}; }
    detail::read_some_awaiter read_some(void* data, std::size_t size) { return {open(), mutable_buffer(data, size)}; }

    // Fills the buffer.
    // Throws: incomplete_read_error when the stream ends first; the buffer has what came.
    detail::read_exactly_awaiter read_exactly(mutable_buffer into) { return {open(), into}; }
    detail::read_exactly_awaiter read_exactly(void* data, std::size_t size) { return {open(), mutable_buffer(data, size)}; }
    // The next `size` bytes. Throws: the same; its partial() has what came.
    task<std::string> read_exactly(std::size_t size) { return read_bytes(open(), size); }

    // Reads to the first `delimiter`. Returns: what stands before it, and the delimiter.
    // Throws: incomplete_read_error when the stream ends first; net::error with errc::limit_exceeded when it takes more than
    // `limit` bytes in all, with nothing consumed; std::invalid_argument for an empty delimiter.
    task<std::string> read_until(std::string delimiter, std::size_t limit = default_limit) {
        return read_delimited(open(), std::move(delimiter), limit);
    }
    // Reads a line. Returns: it, without its "\n" or "\r\n"; the rest at the end of the stream; nullopt after that.
    // Throws: net::error with errc::limit_exceeded when it has more than `limit` bytes, with nothing consumed.
    task<std::optional<std::string>> read_line(std::size_t limit = default_limit) { return read_text_line(open(), limit); }
    // Reads to the end of the stream.
    // Throws: net::error with errc::limit_exceeded when that is more than `limit` bytes.
    task<std::string> read_all(std::size_t limit = static_cast<std::size_t>(-1)) { return read_to_end(open(), limit); }

    // --- writing
    // Writes what the socket takes now, at least one byte. Returns: how many.
    detail::write_some_awaiter write_some(const_buffer from) { return {open(), from}; }
    // Writes all; several buffers go out together, in one operation when the socket takes them at once. The bytes stay the
    // caller's, and unchanged, until it has ended.
    detail::write_all_awaiter write_all(const_buffer from) { return {open(), from}; }
    detail::gather_write_awaiter write_all(const_buffer a, const_buffer b) { return {open(), a, b}; }
    detail::gather_write_awaiter write_all(const_buffer a, const_buffer b, const_buffer c) { return {open(), a, b, c}; }
    detail::gather_write_awaiter write_all(std::span<const const_buffer> pieces) { return {open(), pieces}; }
    // Says that no more will be written: the peer reads the end of the stream. Reading goes on.
    detail::shutdown_awaiter shutdown_write() { return detail::shutdown_awaiter(open()); }

    // Closes it, and ends what other tasks wait for on it. Closed already: nothing.
    // Cancel: does not end it, nothing is lost: it is closed all the same.
    detail::close_awaiter close() { return detail::close_awaiter(transport_); }
    // Closes it at once so that the peer gets a reset instead of an orderly end, and what is unsent is dropped.
    void abort() noexcept;

    // --- about it
    // family::any when it is closed, or has none. Throws: nothing.
    address local_address() const;
    // Who it is, or was, connected to; family::any for a Unix peer without a name.
    address remote_address() const;

    // Sends small writes at once, as connect() and listen() set it, or gathers them (Nagle).
    void set_no_delay(bool on);
    // Probes an idle connection, so that a dead peer is noticed: after `idle`, every `interval`, `probes` times.
    void set_keep_alive(bool on, duration idle = std::chrono::seconds(60), duration interval = std::chrono::seconds(15), int probes = 4);
    // Of the kernel's buffers, in bytes; it doubles them for its own use.
    void set_receive_buffer(int bytes);
    void set_send_buffer(int bytes);
    // For what is not here: it stays the stream's. -1 when closed.
    int native_handle() const noexcept { return transport_ ? transport_->fd() : -1; }

    // For the library: a stream on what takes a socket's place, such as TLS.
    explicit stream(detail::core_ref<detail::transport> on) noexcept : transport_(std::move(on)) {}
    // Throws: net::error with errc::closed for one that is connected to nothing.
    const detail::core_ref<detail::transport>& open() const {
        if (!transport_) [[unlikely]]
            throw_unconnected();
        return transport_;
    }

private:
    using transport_ref = detail::core_ref<detail::transport>;
    [[noreturn]] static void throw_unconnected();
    static task<std::string> read_bytes(transport_ref from, std::size_t size);
    static task<std::string> read_delimited(transport_ref from, std::string delimiter, std::size_t limit);
    static task<std::optional<std::string>> read_text_line(transport_ref from, std::size_t limit);
    static task<std::string> read_to_end(transport_ref from, std::size_t limit);
    void set_option(int level, int name, int value, const char* what);

    void drop() noexcept {
        if (transport_) transport_->close_now();
    }
    transport_ref transport_;
};

// Two streams that are connected to each other, in this process.
// Thread: a loop's. Throws: net::error; invalid_state_error outside a running loop.
std::pair<stream, stream> connected_pair();

}  // namespace gyre::net
