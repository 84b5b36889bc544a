#pragma once

#include <gyre/http/headers/headers.hpp>
#include <gyre/http/message/head.hpp>
#include <gyre/http/server/detail/router.hpp>
#include <gyre/net/address.hpp>
#include <gyre/runtime/coroutine/task.hpp>

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace gyre::http {

namespace detail {
class server_connection;
class request_body;
}  // namespace detail

// A request as its handler sees it. It lives until the response has been sent to its end, and so do the views into it.
// Thread: the loop's. Throws: std::bad_alloc, and what a member names.
class server_request {
public:
    class body_chunks;

    server_request(const server_request&) = delete;
    server_request& operator=(const server_request&) = delete;

    // As the client sent it: methods are case-sensitive.
    std::string_view method() const noexcept { return head_.method(); }
    // The whole target as it came: "/path?query", or "http://host/path".
    std::string_view target() const noexcept { return head_.target(); }
    // The path as it came, percent-encoded, without the query: "/a%20b".
    std::string_view path() const noexcept { return path_; }
    // What stands behind the '?', as it came; empty without one.
    std::string_view query() const noexcept { return query_; }
    // "host[:port]" that the request is for, of the target or the Host header.
    std::string_view host() const noexcept { return head_.authority(); }
    http::version version() const noexcept { return head_.version(); }
    const http::headers& headers() const noexcept { return head_.headers(); }
    // The whole head, for what is not here.
    const request_head& head() const noexcept { return head_; }

    // What stands in the place of a parameter of the route's pattern, percent-decoded.
    // Throws: std::out_of_range, with the pattern, when it has no parameter of that name.
    std::string_view param(std::string_view name) const;
    // The pattern that the route was made with: "/users/{name}"; empty in the fallback handler.
    std::string_view pattern() const noexcept { return pattern_; }

    // The value of the first `name=value` of that name in the query, decoded as forms are ('+' is a space); nothing without.
    std::optional<std::string> query_param(std::string_view name) const;

    // Who sent it.
    net::address remote_address() const;

    // --- the body

    // True when there is a body, of any length but a declared 0.
    bool has_body() const noexcept;
    // Bytes, when the client declared them.
    std::optional<std::uint64_t> content_length() const noexcept;
    // Sets how long the body may be, instead of server_options::max_body. Before it is read.
    void set_max_body(std::uint64_t bytes) noexcept;

    // The whole body. Read once: a second call gives what the first one left, which is nothing.
    // Cancel: at once; what had come is lost, and the next call gives the rest.
    // Throws: response_error with 413 when it is too long, with 408 when the client stalls; message_error when it is malformed
    // or ends early; net::error when the connection breaks. Left alone, each becomes the right response.
    task<std::string> text();
    // The same as bytes.
    task<std::vector<std::byte>> bytes();
    // The body piece by piece, as it comes; the client is held back while a piece is being used:
    //     auto chunks = request.chunks();
    //     while (auto chunk = co_await chunks.next()) use(*chunk);
    // A piece is a view that is valid until the next one is asked for. Limits and errors as those of text().
    body_chunks chunks() noexcept;

private:
    friend class detail::server_connection;
    server_request(detail::server_connection& from, detail::request_body& body, const request_head& head);

    detail::server_connection& connection_;
    detail::request_body& body_;
    const request_head& head_;
    std::string_view path_;
    std::string_view query_;
    std::string_view pattern_;
    std::vector<detail::path_parameter> parameters_;
};

// An async iterator over the pieces of a request's body.
class server_request::body_chunks {
public:
    // The next piece, never empty; nothing at the end of the body.
    // Cancel: at once, nothing is lost: what comes is there for the next call. Throws: as server_request::text().
    task<std::optional<std::string_view>> next();

private:
    friend class server_request;
    explicit body_chunks(detail::request_body& body) noexcept : body_(&body) {}
    detail::request_body* body_;
};

}  // namespace gyre::http
