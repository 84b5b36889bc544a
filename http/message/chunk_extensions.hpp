#pragma once

#include <cstddef>
#include <cstdint>
#include <string_view>

namespace gyre::http::detail {

// Reads over the extensions of a chunk line, `;name=value;name="quoted"`, which mean nothing to us and must be well-formed all
// the same. Llhttp is not asked: 8.1.0 refuses legal ones (whitespace, `\` in a quoted value, `;a=b;c`) and takes illegal
// ones (`;`, `;=b`, `;a=`).
// Source: RFC 9112 section 7.1.1.
class chunk_extensions {
public:
    // True for the byte behind a chunk size that begins them.
    static bool begin_with(char c) noexcept { return c == ';' || c == ' ' || c == '\t'; }

    void start() noexcept { state_ = state::semicolon; }

    // Reads from the front of `input` to the carriage return that ends them, or to the end of the input.
    // Returns how many bytes that were; the carriage return is not among them.
    // Throws: message_error of kind bad_chunk.
    std::size_t read(std::string_view input);

private:
    enum class state : std::uint8_t {
        semicolon,    // whitespace, then ';'
        name_start,   // whitespace, then a name
        name,         //
        equals,       // whitespace behind a name, then '=' or the next ';'
        value_start,  // whitespace, then a value
        token,        //
        quoted,       //
        escaped,      // behind a '\' in a quoted value
        value_end,    // behind the closing quote
        broken
    };
    state after(char c) const noexcept;
    bool may_end() const noexcept { return state_ == state::name || state_ == state::token || state_ == state::value_end; }

    state state_ = state::semicolon;
};

}  // namespace gyre::http::detail
