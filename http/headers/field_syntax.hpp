#pragma once

#include <array>
#include <cstdint>
#include <string>
#include <string_view>

// Thread: any.
namespace gyre::http {

// True when `name` is a token : what a header name or a method may be. Source: RFC 9110 section 5.6.2.
bool is_token(std::string_view name) noexcept;

// True when `value` may stand in a header: no byte 0x00-0x08, 0x0A-0x1F or 0x7F . Source: RFC 9110 section 5.5.
bool is_field_value(std::string_view value) noexcept;

// ASCII case-insensitive equality, as header names and most tokens are compared.
bool equals_ignoring_case(std::string_view a, std::string_view b) noexcept;

// `text` without spaces and tabs at both ends.
std::string_view trim_whitespace(std::string_view text) noexcept;

namespace detail {

// Bits of `byte_class`.
inline constexpr std::uint8_t token_byte = 1;   // tchar
inline constexpr std::uint8_t value_byte = 2;   // allowed in a header value
inline constexpr std::uint8_t target_byte = 4;  // 0x21-0x7E without '#': allowed in a request target

constexpr std::array<std::uint8_t, 256> make_byte_class() {
    std::array<std::uint8_t, 256> table{};
    for (unsigned c = 0; c < 256; ++c) {
        const bool alnum = (c >= '0' && c <= '9') || (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z');
        bool mark = false;
        for (const char m : std::string_view("!#$%&'*+-.^_`|~")) mark = mark || static_cast<unsigned char>(m) == c;
        unsigned bits = 0;
        if (alnum || mark) bits |= token_byte;
        if (c == '\t' || (c >= 0x20 && c != 0x7F)) bits |= value_byte;
        if (c > 0x20 && c < 0x7F && c != '#') bits |= target_byte;
        table[c] = static_cast<std::uint8_t>(bits);
    }
    return table;
}
inline constexpr std::array<std::uint8_t, 256> byte_class = make_byte_class();

constexpr bool is_class(char c, std::uint8_t bits) noexcept { return (byte_class[static_cast<unsigned char>(c)] & bits) != 0; }

constexpr char lower(char c) noexcept { return c >= 'A' && c <= 'Z' ? static_cast<char>(c | 0x20) : c; }

// Index of the first byte below 0x20 or equal to 0x7F, or the size. Tabs count.
std::size_t find_control(std::string_view text) noexcept;

// "0x0A (line feed)" for a message.
std::string byte_name(char c);

// Appends `c` in the form that it has inside double quotes: `\"` and `\\` for these two, `\x0a` for any other byte.
void append_escaped(std::string& out, char c);

// `text` in double quotes, bytes outside printable ASCII as \xNN, cut after `longest` bytes.
std::string quoted(std::string_view text, std::size_t longest = 64);

}  // namespace detail
}  // namespace gyre::http
