#pragma once
#include <gyre/http/client/bytes.hpp>
#include <gyre/http/client/error.hpp>
#include <gyre/http/headers/headers.hpp>
#include <gyre/http/message/framing.hpp>
#include <gyre/http/url/url.hpp>
#include <gyre/runtime/coroutine/task.hpp>

#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

namespace gyre::http {

class body_chunks;
class response;

namespace detail {
class call;
task<response> perform(std::unique_ptr<call> request);
}  // namespace detail

// A response whose head has come. The body is read once, in one of four ways, and not before it is asked for.
//
// It holds its connection until the body has been read to its end. One that is dropped earlier gives the connection back only when the
// rest of the body is there already and small (64 KiB); else the connection is closed. Nothing waits for that.
// Move-only; moved only while none of its tasks runs. One task reads the body at a time.
// Thread: the client's loop's.
class response {
public:
    // Of a body, unless said otherwise.
    static constexpr std::size_t no_limit = static_cast<std::size_t>(-1);

    response(response&&) noexcept;
    response& operator=(response&&) noexcept;
    ~response();

    // 200 to 999.
    int status() const noexcept;
    // True for 200 to 299.
    bool ok() const noexcept { return status() / 100 == 2; }
    // May be empty.
    std::string_view reason() const noexcept;
    http::version version() const noexcept;
    const http::headers& headers() const noexcept;
    // Where it came from.
    const http::url& url() const noexcept;
    // As the head says it; nullopt when it does not.
    std::optional<std::uint64_t> content_length() const noexcept;
    // Of a chunked body, once it has been read.
    const http::headers& trailers() const noexcept;

    // The whole body, as it is on the wire: of `limit` bytes at most.
    // Cancel: at once; the connection is closed, and what had come is lost.
    // Throws: http::error: timeout_error, truncated_error, protocol_error, too_large_error; invalid_state_error when the body was read
    // already, or two tasks read it at once.
    task<std::string> text(std::size_t limit = no_limit);
    task<http::bytes> bytes(std::size_t limit = no_limit);
    // The body in pieces, as they come: nothing is read ahead of the one who takes them. An async iterator of http::bytes; the
    // response outlives it.
    // Throws: invalid_state_error when the body was read already.
    body_chunks chunks();
    // Writes the body to a file, which is made, or emptied first; it is removed again when that fails. Returns: its size.
    // Cancel: at once; the file is removed, and what had come is lost.
    // Throws: as text() without a limit; fs::error. When it was the file that could not be opened, the body is still to be read.
    task<std::uint64_t> save_to(std::string path);

    // Returns: the response. Throws: status_error when status() is 400 or more.
    response& raise_for_status() &;
    response&& raise_for_status() && { return std::move(raise_for_status()); }

private:
    friend task<response> detail::perform(std::unique_ptr<detail::call> request);
    explicit response(std::unique_ptr<detail::call> call) noexcept;
    detail::call& take_body();

    std::unique_ptr<detail::call> call_;
};

// See response::chunks().
// Thread: the client's loop's.
class body_chunks {
public:
    // The next piece, of 64 KiB at most; nullopt at the end.
    // Cancel: at once, nothing is lost: what comes is there for the next call.
    // Throws: http::error: timeout_error, truncated_error, protocol_error; invalid_state_error when two tasks read the body at once.
    task<std::optional<bytes>> next();

private:
    friend class response;
    explicit body_chunks(detail::call& from) noexcept : call_(&from) {}
    detail::call* call_;
};

}  // namespace gyre::http
