#pragma once
#include <gyre/http/message/message_error.hpp>
#include <gyre/runtime/loop/loop_options.hpp>

#include <cstdint>
#include <memory>
#include <stdexcept>
#include <string>
#include <string_view>
#include <system_error>

namespace gyre::http {

// How far a request had come.
enum class phase : std::uint8_t {
    prepare,     // nothing was done for it yet
    pool,        // waiting for its turn to use a connection
    dns,         // resolving the host's name
    connect,     // connecting
    write,       // sending the request
    first_byte,  // waiting for the response
    read,        // reading the response
};
// "first byte". Thread: any.
std::string_view to_string(phase p) noexcept;

namespace detail {
struct error_facts;
}

// Every failure of a request, but for a URL or a header that is malformed (url_error, header_error). what() names the request,
// the cause, the cure where there is one, and all that the members tell.
class error : public std::runtime_error {
public:
    error(const std::string& message, std::shared_ptr<const detail::error_facts> facts);

    // Where it failed.
    http::phase phase() const noexcept;
    // "127.0.0.1:8080"; the name and port while there is no connection.
    const std::string& peer() const noexcept;
    // 1, or 2 when the request had been sent again.
    int attempt() const noexcept;
    // False: the server cannot have acted on the request, sending it again is safe.
    bool may_have_been_processed() const noexcept;
    // "GET", and the URL without credentials and fragment.
    const std::string& method() const noexcept;
    const std::string& url() const noexcept;

protected:
    std::shared_ptr<const detail::error_facts> facts_;  // shared, so that copies cannot fail
};

// No connection: the name does not resolve, or nobody answers. code() is the system's errno or a net::errc.
class connect_error : public error {
public:
    using error::error;
    const std::error_code& code() const noexcept;
};

// A time limit has passed. phase() says what took so long.
class timeout_error : public error {
public:
    using error::error;
    // The limit that was exceeded.
    duration limit() const noexcept;
    // Its name: "total_timeout", "read_timeout" ...
    std::string_view limit_name() const noexcept;
};

// The peer closed or reset the connection before it sent any of the response. code() is the system's errno, or
// net::errc::end_of_stream.
class disconnected_error : public error {
public:
    using error::error;
    const std::error_code& code() const noexcept;
};

// The response breaks the rules of HTTP/1; what() shows the offending bytes, escaped.
class protocol_error : public error {
public:
    using error::error;
    parse_error kind() const noexcept;
};

// The connection ended inside the response. code() is the system's errno, or net::errc::end_of_stream.
class truncated_error : public error {
public:
    using error::error;
    const std::error_code& code() const noexcept;
    // Bytes of the body that had come.
    std::uint64_t received() const noexcept;
};

// The body is larger than the caller's limit.
class too_large_error : public error {
public:
    using error::error;
};

// response::raise_for_status(): the server answered with 400 or more.
class status_error : public error {
public:
    using error::error;
    int status() const noexcept;
};

}  // namespace gyre::http
