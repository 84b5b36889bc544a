#pragma once

#include <gyre/http/headers/headers.hpp>
#include <gyre/http/message/framing.hpp>
#include <gyre/http/message/message_error.hpp>

#include <cstddef>
#include <cstdint>
#include <string_view>

namespace gyre::http {

// Bounds on a message head; going beyond one is an error with status 431.
// Thread: any, one at a time. Throws: nothing.
struct head_limits {
    std::size_t max_bytes = std::size_t{16} << 10;  // start line, headers and the empty line
    std::size_t max_fields = 100;

    head_limits() = default;
    head_limits(std::size_t bytes, std::size_t fields) : max_bytes(bytes), max_fields(fields) {}
};

namespace detail {
struct head_filler;
}

// What request and response heads have in common.
// Thread: any, one at a time; several may read at once.
class message_head {
public:
    http::version version() const noexcept { return version_; }

    // Headers may be added, set and removed; assigning to the whole object or moving from it also takes away the start line.
    http::headers& headers() noexcept { return headers_; }
    const http::headers& headers() const noexcept { return headers_; }

    // How the body is delimited, decided when the head was parsed; changing headers() later changes nothing here.
    body_framing body() const noexcept { return body_; }

    // True when another message may follow on the connection: by version, Connection and framing.
    bool keep_alive() const noexcept { return keep_alive_; }

    // True when Connection names "upgrade" and there is an Upgrade header.
    bool wants_upgrade() const noexcept { return wants_upgrade_; }

protected:
    friend struct detail::head_filler;

    std::string_view view(std::uint32_t at, std::uint32_t size) const noexcept {
        return {detail::headers_access::text(headers_) + at, size};
    }

    http::headers headers_;  // its preamble is the start line
    body_framing body_;
    http::version version_ = http::version::http_1_1;
    bool keep_alive_ = false;
    bool wants_upgrade_ = false;
};

// The head of a response. It owns all it shows in one allocation; nothing points into the buffer it was parsed from.
// Reusing an object for the next response reuses its memory.
// Thread: any, one at a time; several may read at once.
class response_head : public message_head {
public:
    // 100 to 999.
    int status() const noexcept { return status_; }

    // May be empty; any bytes but control characters.
    std::string_view reason() const noexcept { return view(reason_at_, reason_size_); }

    // True for 1xx other than 101: the real response follows.
    bool is_interim() const noexcept { return status_ < 200 && status_ != 101; }

private:
    friend struct detail::head_filler;
    std::uint32_t reason_at_ = 0;
    std::uint32_t reason_size_ = 0;
    std::uint16_t status_ = 0;
};

// The forms of a request target. Source: RFC 9112 section 3.2.
enum class target_form : std::uint8_t { origin, absolute, authority, asterisk };

// The head of a request. It owns all it shows, as response_head does.
// Thread: any, one at a time; several may read at once.
class request_head : public message_head {
public:
    // A token, in the case it came in: methods are case-sensitive.
    std::string_view method() const noexcept { return view(method_at_, method_size_); }

    // As it came: "/path?query", "http://host/path", "host:port" or "*". Printable ASCII, no '#'.
    std::string_view target() const noexcept { return view(target_at_, target_size_); }
    target_form form() const noexcept { return form_; }

    // Path and query: target() itself in origin form, what follows the authority in absolute form ("/" when nothing
    // does, "?q" when only a query does), empty for CONNECT, "*" for the asterisk.
    std::string_view path_and_query() const noexcept;

    // "host[:port]" that the request is for: of the target in absolute or authority form (it wins over Host), else of Host. Empty when
    // HTTP/1.0 named none. Source: RFC 9112 section 3.2.2.
    std::string_view authority() const noexcept;

    // True when the client waits for "100 Continue" before it sends the body.
    bool expects_continue() const noexcept { return expects_continue_; }

private:
    friend struct detail::head_filler;
    std::uint32_t method_at_ = 0;
    std::uint32_t method_size_ = 0;
    std::uint32_t target_at_ = 0;
    std::uint32_t target_size_ = 0;
    std::uint32_t authority_at_ = 0;  // in absolute form
    std::uint32_t authority_size_ = 0;
    target_form form_ = target_form::origin;
    bool expects_continue_ = false;
};

// Parses a complete response head, up to and including its empty line (head_finder says where that is).
// `request_method` is the method of the request it answers: HEAD and CONNECT change the framing.
// All rules are strict; a lenient mode would be a rewrite of the bytes between head_finder and this function, so that the
// framing rules below it never change.
// Thread: any.
// Throws: message_error; std::invalid_argument for bytes behind the empty line. `out` is then unspecified but valid.
// Source: RFC 9112 sections 2 to 6 and 9.3.
void parse_response_head(std::string_view bytes, std::string_view request_method, const head_limits& limits, response_head& out);
response_head parse_response_head(std::string_view bytes, std::string_view request_method = "GET", const head_limits& limits = {});

// Parses a complete request head, up to and including its empty line.
// Thread: any. Throws: as parse_response_head(). Source: RFC 9112 sections 2 to 6 and 9.3.
void parse_request_head(std::string_view bytes, const head_limits& limits, request_head& out);
request_head parse_request_head(std::string_view bytes, const head_limits& limits = {});

}  // namespace gyre::http
