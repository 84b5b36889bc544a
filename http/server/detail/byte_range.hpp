#pragma once

#include <cstdint>
#include <string_view>

namespace gyre::http::detail {

// What a Range header asks of `size` bytes.
struct byte_range {
    enum class verdict : std::uint8_t {
        whole,          // everything: no single range of bytes, or a malformed one
        part,           // from begin to end
        unsatisfiable,  // nothing of it is there: 416
    };
    verdict what = verdict::whole;
    std::uint64_t begin = 0;
    std::uint64_t end = 0;  // one past the last byte
};

// Source: RFC 9110 section 14.1.2 and 14.2. Several ranges at once are answered with everything, as it allows.
byte_range parse_range(std::string_view value, std::uint64_t size) noexcept;

}  // namespace gyre::http::detail
