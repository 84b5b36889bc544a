#pragma once

#include <gyre/http/headers/headers.hpp>

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

namespace gyre::http {

// The line before the data of a chunk, kept in the object so that line, data and chunk_end go out in one gathered write.
// A size of 0 would end the body and gives an empty line() instead: nothing is to be sent.
// Thread: any, one at a time. Source: RFC 9112 section 7.1.
class chunk_line {
public:
    explicit chunk_line(std::uint64_t size) noexcept;
    std::string_view line() const noexcept { return {text_ + begin_, sizeof text_ - begin_}; }

private:
    char text_[18];  // 16 hexadecimal digits and CRLF
    std::size_t begin_;
};

// What follows the data of a chunk.
inline constexpr std::string_view chunk_end = "\r\n";

// The end of a chunked body without trailers.
inline constexpr std::string_view last_chunk = "0\r\n\r\n";

// Appends one whole chunk; nothing when `data` is empty, which would end the body.
// Thread: any. Throws: std::bad_alloc.
void append_chunk(std::string& out, std::string_view data);

// Appends the last chunk and the trailers.
// Thread: any. Throws: header_error for a field that may not be a trailer (is_forbidden_trailer()); `out` is then unchanged.
// Source: RFC 9112 section 7.1.2.
void append_last_chunk(std::string& out, const headers& trailers);

}  // namespace gyre::http
