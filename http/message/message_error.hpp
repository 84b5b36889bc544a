#pragma once

#include <cstddef>
#include <cstdint>
#include <stdexcept>
#include <string>
#include <string_view>

namespace gyre::http {

// What is wrong with the bytes of a message.
enum class parse_error : std::uint8_t {
    not_http,              // the first bytes are no HTTP/1 (TLS, HTTP/2 or another protocol)
    head_too_large,        // the head is longer than head_limits::max_bytes
    too_many_fields,       // more header lines than head_limits::max_fields
    bare_line_feed,        // LF without CR before it
    bare_carriage_return,  // CR without LF after it
    control_byte,          // NUL or another control character
    bad_request_line,      // not "METHOD SP target SP HTTP/1.x"
    bad_method,            // the method is no token
    bad_target,            // the request target has a form or a byte that it may not have
    bad_version,           // an HTTP version other than 1.0 and 1.1
    bad_status_line,       // not "HTTP/1.x SP status [SP reason]"
    bad_status,            // the status is not a number from 100 to 999
    empty_field_name,      // a header line that begins with ':'
    bad_field_name,        // a header line without ':', or a name that is no token
    space_before_colon,    // whitespace between name and ':'
    folded_line,           // a line that begins with whitespace (obsolete line folding)
    missing_host,          // HTTP/1.1 request without Host
    duplicate_host,        // more than one Host
    bad_host,              // the value of Host (or the authority in the target) is no host and port
    bad_content_length,    // not one decimal number, or too large
    duplicate_content_length,
    bad_transfer_encoding,  // anything but "chunked", once
    transfer_encoding_in_http_1_0,
    length_and_chunked,  // both Content-Length and Transfer-Encoding
    body_not_allowed,    // CONNECT with a body
    bad_chunk,           // malformed chunk line or chunk end
    chunk_line_too_long,
    trailers_too_large,
    truncated_head,  // the connection ended inside the head
    truncated_body,  // the connection ended before the body was complete
};

// The name of the enumerator, as in "bare_line_feed". Thread: any.
std::string_view to_string(parse_error kind) noexcept;

// A message from the peer that breaks the rules of HTTP/1 (RFC 9112). What follows it on the connection cannot be trusted:
// close it. `what()` shows the offending bytes, escaped and cut.
class message_error : public std::runtime_error {
public:
    message_error(parse_error kind, const std::string& message) : std::runtime_error(message), kind_(kind) {}

    parse_error kind() const noexcept { return kind_; }

    // The status with which a server answers such a request before it closes: 400, 431 or 505.
    int status() const noexcept;

private:
    parse_error kind_;
};

namespace detail {

// Throws message_error: `problem`, then the bytes of `line` around `at`, escaped.
[[noreturn]] void fail(parse_error kind, std::string_view problem, std::string_view line, std::size_t at = 0);
[[noreturn]] void fail(parse_error kind, const std::string& message);

}  // namespace detail
}  // namespace gyre::http
