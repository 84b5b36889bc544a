#pragma once

#include <gyre/http/headers/headers.hpp>
#include <gyre/http/message/head.hpp>

#include <cstddef>
#include <cstdint>
#include <string_view>

namespace gyre::http::detail {

// What the guard remembers about the headers that decide framing while it walks over the lines.
struct framing_fields {
    std::string_view host;
    std::string_view content_length;
    std::string_view transfer_encoding;
    std::uint32_t hosts = 0;
    std::uint32_t content_lengths = 0;
    std::uint32_t transfer_encodings = 0;
    bool close = false;
    bool keep_alive = false;
    bool upgrade_token = false;
    bool upgrade_field = false;
    bool expect_continue = false;

    void note(std::string_view name, std::string_view value);
    void note_connection(std::string_view value);
};

// Walks over header lines from `at` up to and including the empty line, checking every byte once. Positions (offsets into
// `bytes`) go to `out`, which has room for `limit` of them.
// Returns the number of fields; `at` is then one past the empty line.
// Throws: message_error; `too_many` is its kind when there are more than `limit` fields.
std::size_t scan_fields(std::string_view bytes, std::size_t& at, field_position* out, std::size_t limit, parse_error too_many,
                        framing_fields& framing);

// True for `host[:port]` as Host and an absolute target may have it: letters, digits, "-._~", %XX, or an IPv6 address in
// brackets. Narrower than RFC 3986, which lets a comma through.
bool is_authority(std::string_view text, bool port_required) noexcept;

// The decision of RFC 9112 section 6.3 for a request, with every ambiguity an error.
// Throws: message_error.
body_framing request_framing(const framing_fields& fields, version v, std::string_view method);

// The same for a response to `request_method`.
// Throws: message_error.
body_framing response_framing(const framing_fields& fields, version v, int status, std::string_view request_method);

}  // namespace gyre::http::detail
