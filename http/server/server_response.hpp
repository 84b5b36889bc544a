#pragma once

#include <gyre/fs/file.hpp>
#include <gyre/http/headers/headers.hpp>
#include <gyre/runtime/coroutine/async_generator.hpp>

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <variant>

namespace gyre::http {

namespace detail {
struct response_access;

// Bodies that are not a string.
struct streamed_body {
    async_generator<std::string> pieces;
    std::optional<std::uint64_t> length;
};
struct named_file {
    std::string path;
};
// The bytes from `begin` to `end` of an open file, whose size was looked at.
struct open_file {
    fs::file file;
    std::uint64_t begin = 0;
    std::uint64_t end = 0;
};
}  // namespace detail

// What a handler answers: a status, headers and a body. Everything that goes into the head is checked when it is set, so that
// no text of a client or a user can begin a line of its own.
//
//     co_return http::server_response::text("hello\n");
//     co_return http::server_response::json(text, 201).header("Location", "/orders/17");
//
// The server adds Content-Length or Transfer-Encoding, Connection and Date, and leaves out what a handler says about the
// first three; "Connection: close" is heeded. The body of a response to HEAD is not sent.
// Thread: any, one at a time. Throws: std::bad_alloc, and what a member names.
class server_response {
public:
    // 200, without a body.
    server_response() noexcept = default;
    // Throws: std::invalid_argument when the status is not 200 to 999.
    explicit server_response(int status) { set_status(status); }

    // One with a body, under a Content-Type.
    // Throws: as the constructor; header_error when the type holds a control character.
    // "text/plain; charset=utf-8"
    static server_response text(std::string body, int status = 200) { return bytes(std::move(body), "text/plain; charset=utf-8", status); }
    // "text/html; charset=utf-8"
    static server_response html(std::string body, int status = 200) { return bytes(std::move(body), "text/html; charset=utf-8", status); }
    // "application/json", of JSON text.
    static server_response json(std::string body, int status = 200) { return bytes(std::move(body), "application/json", status); }
    static server_response bytes(std::string body, std::string_view content_type = "application/octet-stream", int status = 200);
    // Throws: as the constructor; header_error when `location` holds a control character. Source: RFC 9110 section 15.4.
    static server_response redirect(std::string_view location, int status = 302);

    // A file, read as the client takes it, with Content-Type by its name, Last-Modified and ETag; conditional requests and
    // single ranges are answered as they should be. 404 when there is no such file. `path` is opened as it is: a path that is
    // made from a request belongs to serve_folder(), which lets nothing out of its folder.
    // Source: RFC 9110 sections 13.1 (conditional requests) and 14.2 (ranges).
    static server_response file(std::string path);

    // Pieces as the generator gives them, chunked, or under a Content-Length when `length` is given. The head goes out with
    // the first piece (an empty one sends the head alone): an error before it still becomes a 500. After it, an error, or
    // pieces that do not add up to `length`, reset the connection, so that the client cannot take the body for whole.
    // The generator is destroyed when the response has been sent or the client has gone; the request lives longer.
    // Throws: header_error when the type holds a control character.
    static server_response stream(async_generator<std::string> pieces, std::string_view content_type = "application/octet-stream",
                                  std::optional<std::uint64_t> length = std::nullopt);

    int status() const noexcept { return status_; }
    // Throws: std::invalid_argument when it is not 200 to 999.
    server_response& set_status(int status) &;
    server_response&& set_status(int status) && { return std::move(set_status(status)); }

    http::headers& headers() noexcept { return headers_; }
    const http::headers& headers() const noexcept { return headers_; }

    // Sets a header in the place of all of that name.
    // Throws: header_error when the name is no token or the value holds a control character.
    server_response& header(std::string_view name, std::string_view value) & {
        headers_.set(name, value);
        return *this;
    }
    server_response&& header(std::string_view name, std::string_view value) && { return std::move(header(name, value)); }
    // Adds a header beside others of that name, such as Set-Cookie.
    server_response& add_header(std::string_view name, std::string_view value) & {
        headers_.add(name, value);
        return *this;
    }
    server_response&& add_header(std::string_view name, std::string_view value) && { return std::move(add_header(name, value)); }

private:
    friend struct detail::response_access;

    std::variant<std::string, detail::streamed_body, detail::named_file, detail::open_file> body_;
    http::headers headers_;
    int status_ = 200;
};

}  // namespace gyre::http
