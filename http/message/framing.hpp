#pragma once

#include <cstdint>

namespace gyre::http {

enum class version : std::uint8_t { http_1_0, http_1_1 };

// How the body of a message is delimited. Source: RFC 9112 section 6.3.
enum class body_kind : std::uint8_t {
    none,            // there is no body, whatever the headers say
    content_length,  // exactly body_framing::length bytes
    chunked,
    until_eof,  // a response that ends with the connection
    tunnel,     // no message any more: the bytes after a 2xx to CONNECT, or after 101
};

struct body_framing {
    body_kind kind = body_kind::none;
    std::uint64_t length = 0;  // bytes, for content_length
};

}  // namespace gyre::http
