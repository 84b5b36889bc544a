#include <gyre/http/headers/field_syntax.hpp>

#include <bit>
#include <cstring>

namespace gyre::http {
namespace detail {

std::size_t find_control(std::string_view text) noexcept {
    const char* const data = text.data();
    const std::size_t size = text.size();
    std::size_t i = 0;
    if constexpr (std::endian::native == std::endian::little) {
        // Eight bytes at a time: the high bit of each byte of `hit` says "below 0x20 or 0x7F". A borrow can only set bits
        // above the first true hit, so the lowest one is exact.
        constexpr std::uint64_t ones = 0x0101010101010101u;
        constexpr std::uint64_t highs = 0x8080808080808080u;
        for (; size - i >= 8; i += 8) {
            std::uint64_t word = 0;
            std::memcpy(&word, data + i, 8);
            const std::uint64_t del = word ^ (ones * 0x7F);
            const std::uint64_t hit = ((word - ones * 0x20) & ~word & highs) | ((del - ones) & ~del & highs);
            if (hit != 0) return i + static_cast<std::size_t>(std::countr_zero(hit)) / 8;
        }
    }
    for (; i < size; ++i) {
        const auto byte = static_cast<unsigned char>(data[i]);
        if (byte < 0x20 || byte == 0x7F) return i;
    }
    return size;
}

std::string byte_name(char c) {
    constexpr char digits[] = "0123456789ABCDEF";
    const auto byte = static_cast<unsigned char>(c);
    std::string out = "0x";
    out += digits[byte >> 4];
    out += digits[byte & 15];
    switch (c) {
        case '\0':
            return out + " (NUL)";
        case '\t':
            return out + " (tab)";
        case '\n':
            return out + " (line feed)";
        case '\r':
            return out + " (carriage return)";
        case ' ':
            return out + " (space)";
        case 0x7F:
            return out + " (DEL)";
        default:
            break;
    }
    if (byte > 0x20 && byte < 0x7F) {
        out += " '";
        out += c;
        out += '\'';
    }
    return out;
}

void append_escaped(std::string& out, char c) {
    constexpr char digits[] = "0123456789abcdef";
    const auto byte = static_cast<unsigned char>(c);
    if (c == '"' || c == '\\') {
        out.append({'\\', c});
    } else {
        out.append({'\\', 'x', digits[byte >> 4], digits[byte & 15]});
    }
}

std::string quoted(std::string_view text, std::size_t longest) {
    std::string out = "\"";
    for (const char c : text.substr(0, longest)) {
        if (c == '\r')
            out += "\\r";
        else if (c == '\n')
            out += "\\n";
        else if (c < 0x20 || c > 0x7E || c == '"' || c == '\\')
            append_escaped(out, c);
        else
            out += c;
    }
    out += '"';
    if (text.size() > longest) out += "...";
    return out;
}

}  // namespace detail

bool is_token(std::string_view name) noexcept {
    if (name.empty()) return false;
    for (const char c : name) {
        if (!detail::is_class(c, detail::token_byte)) return false;
    }
    return true;
}

bool is_field_value(std::string_view value) noexcept {
    for (;;) {
        const std::size_t at = detail::find_control(value);
        if (at == value.size()) return true;
        if (value[at] != '\t') return false;
        value.remove_prefix(at + 1);
    }
}

bool equals_ignoring_case(std::string_view a, std::string_view b) noexcept {
    if (a.size() != b.size()) return false;
    std::size_t i = 0;
    for (; a.size() - i >= 8; i += 8) {
        std::uint64_t x = 0;
        std::uint64_t y = 0;
        std::memcpy(&x, a.data() + i, 8);
        std::memcpy(&y, b.data() + i, 8);
        if (x == y) continue;
        // Only the case bit may differ, and only in letters.
        if (((x ^ y) & ~std::uint64_t{0x2020202020202020}) != 0) return false;
        for (std::size_t j = i; j < i + 8; ++j) {
            if (detail::lower(a[j]) != detail::lower(b[j])) return false;
        }
    }
    for (; i < a.size(); ++i) {
        if (a[i] != b[i] && detail::lower(a[i]) != detail::lower(b[i])) return false;
    }
    return true;
}

std::string_view trim_whitespace(std::string_view text) noexcept {
    while (!text.empty() && (text.front() == ' ' || text.front() == '\t')) text.remove_prefix(1);
    while (!text.empty() && (text.back() == ' ' || text.back() == '\t')) text.remove_suffix(1);
    return text;
}

}  // namespace gyre::http
