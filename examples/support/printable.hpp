#pragma once
#include "json.hpp"

#include <cstddef>
#include <string>
#include <string_view>

namespace example {

// The text as a terminal may be given it, whoever wrote it: control characters and bytes that are no UTF-8 as \xNN, so that nothing
// moves the cursor, changes colours or breaks the line; cut behind so many bytes.
inline std::string printable(std::string_view text, std::size_t longest = 2000) {
    constexpr char digits[] = "0123456789abcdef";
    std::string safe;
    const std::size_t whole = text.size();
    while (!text.empty() && safe.size() < longest) {
        const std::size_t size = utf8_character(text);
        const auto first = static_cast<unsigned char>(text.front());
        // U+0080 to U+009F are control characters, too: C2 80 to C2 9F.
        const bool is_control = first < 0x20 || first == 0x7F || (first == 0xC2 && size == 2 && static_cast<unsigned char>(text[1]) < 0xA0);
        const std::size_t taken = size == 0 ? 1 : size;
        if (size == 0 || is_control) {
            for (const char c : text.substr(0, taken)) {
                const auto byte = static_cast<unsigned char>(c);
                safe += {'\\', 'x', digits[byte / 16], digits[byte % 16]};
            }
        } else {
            safe += text.substr(0, taken);
        }
        text.remove_prefix(taken);
    }
    if (!text.empty()) safe += "... (" + std::to_string(whole) + " bytes)";
    return safe;
}

}  // namespace example
