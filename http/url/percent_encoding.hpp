#pragma once

#include <array>
#include <cstdint>
#include <string>
#include <string_view>

namespace gyre::http {

// The percent-encode sets of the WHATWG URL Standard, section 1.3. A set names the bytes that are escaped; every byte
// above 0x7E is in all of them.
enum class percent_set : std::uint8_t {
    c0_control = 1,
    fragment = 2,
    query = 4,
    special_query = 8,
    path = 16,
    userinfo = 32,
    component = 64,        // what encodeURIComponent escapes, and a little more: safe inside any part of a URL
    form_urlencoded = 128  // names and values of application/x-www-form-urlencoded (a space is written as %20, not +)
};

// Appends `text` to `out` with every byte of `set` written as %XX (upper-case digits).
// A '%' in `text` is kept as it is, except by `component` and `form_urlencoded`, which escape it.
// Thread: any. Throws: std::bad_alloc. Source: WHATWG URL Standard, section 1.3.
void percent_encode(std::string& out, std::string_view text, percent_set set);

// The same, as a new string.
// Thread: any. Throws: std::bad_alloc.
std::string percent_encoded(std::string_view text, percent_set set);

// Gives `text` with each %XX replaced by its byte; a '%' that is not followed by two hexadecimal digits stays.
// The result is bytes, not necessarily UTF-8.
// Thread: any. Throws: std::bad_alloc. Source: WHATWG URL Standard, section 1.3.
std::string percent_decoded(std::string_view text);

// Appends `name=value` in application/x-www-form-urlencoded form (a space becomes '+') to `out`, after a '&' when
// `out` is not empty and does not end in one.
// Thread: any. Throws: std::bad_alloc. Source: WHATWG URL Standard, section 5.2.
void append_form_field(std::string& out, std::string_view name, std::string_view value);

namespace detail {

// Bit `percent_set` of entry `c` says whether byte `c` is escaped.
extern const std::array<std::uint8_t, 256> percent_table;

inline bool is_escaped(char c, percent_set set) noexcept {
    return (percent_table[static_cast<unsigned char>(c)] & static_cast<std::uint8_t>(set)) != 0;
}

// Value of a hexadecimal digit, or -1.
constexpr int hex_value(char c) noexcept {
    if (c >= '0' && c <= '9') return c - '0';
    if (c >= 'a' && c <= 'f') return c - 'a' + 10;
    if (c >= 'A' && c <= 'F') return c - 'A' + 10;
    return -1;
}

// True when `text` is well-formed UTF-8.
bool is_utf8(std::string_view text) noexcept;

// `text` with each maximal ill-formed sequence replaced by U+FFFD (WHATWG Encoding, "UTF-8 decode without BOM").
std::string scrub_utf8(std::string_view text);

}  // namespace detail
}  // namespace gyre::http
