#pragma once
// Enough JSON to write one object on one line.

#include <charconv>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace example {

// How many of the first bytes are one character of UTF-8; 0 when they are none.
inline std::size_t utf8_character(std::string_view text) {
    const auto byte = [&](std::size_t i) { return static_cast<unsigned char>(text[i]); };
    const unsigned char first = byte(0);
    const std::size_t size = first < 0x80 ? 1 : first < 0xC2 ? 0 : first < 0xE0 ? 2 : first < 0xF0 ? 3 : first < 0xF5 ? 4 : 0;
    if (size == 0 || text.size() < size) return 0;
    for (std::size_t i = 1; i < size; ++i)
        if ((byte(i) & 0xC0) != 0x80) return 0;
    // What could be written shorter, UTF-16's surrogates, and what is beyond Unicode.
    if (size > 2) {
        const unsigned first_two = static_cast<unsigned>(first << 8 | byte(1));
        if (first_two < 0xE0A0 || (first_two >= 0xEDA0 && first_two < 0xEE00) || (first_two >= 0xF000 && first_two < 0xF090) ||
            first_two > 0xF48F)
            return 0;
    }
    return size;
}

// The text in quotes. Bytes that are no UTF-8 become U+FFFD, so that the result is JSON whatever a peer has sent.
inline std::string json_string(std::string_view text) {
    std::string json = "\"";
    while (!text.empty()) {
        const char c = text.front();
        const std::size_t size = utf8_character(text);
        if (c == '"' || c == '\\') {
            json += '\\';
            json += c;
        } else if (c >= 0 && c < 0x20) {
            constexpr char digits[] = "0123456789abcdef";
            json += "\\u00";
            json += digits[c / 16];
            json += digits[c % 16];
        } else if (size == 0) {
            json += "\\ufffd";
        } else {
            json += text.substr(0, size);
        }
        text.remove_prefix(size == 0 ? 1 : size);
    }
    return json += '"';
}

// {"name":value,...}, in the order of the calls. An empty text is written as null.
class json_object {
public:
    json_object& text(std::string_view name, std::string_view value) { return add(name, value.empty() ? "null" : json_string(value)); }
    json_object& number(std::string_view name, std::uint64_t value) { return add(name, std::to_string(value)); }
    // With six decimals: microseconds, for seconds.
    json_object& number(std::string_view name, double value) {
        char digits[64];
        const auto end = std::to_chars(digits, digits + sizeof digits, std::isfinite(value) ? value : 0, std::chars_format::fixed, 6).ptr;
        return add(name, std::string_view(digits, static_cast<std::size_t>(end - digits)));
    }
    json_object& null(std::string_view name) { return add(name, "null"); }
    json_object& texts(std::string_view name, const std::vector<std::string_view>& values) {
        std::string list;
        for (const std::string_view value : values) {
            if (!list.empty()) list += ',';
            list += json_string(value);
        }
        return add(name, "[" + list + "]");
    }

    std::string line() const { return "{" + members_ + "}"; }

private:
    json_object& add(std::string_view name, std::string_view json) {
        if (!members_.empty()) members_ += ',';
        members_ += json_string(name);
        members_ += ':';
        members_ += json;
        return *this;
    }

    std::string members_;
};

}  // namespace example
