#include <gyre/http/url/percent_encoding.hpp>

namespace gyre::http {
namespace detail {
namespace {

constexpr bool one_of(int c, std::string_view list) {
    for (const char x : list) {
        if (c == static_cast<unsigned char>(x)) return true;
    }
    return false;
}

constexpr std::array<std::uint8_t, 256> make_table() {
    std::array<std::uint8_t, 256> table{};
    for (int c = 0; c < 256; ++c) {
        const bool control = c < 0x20 || c > 0x7E;
        const bool fragment = control || one_of(c, " \"<>`");
        const bool query = control || one_of(c, " \"#<>");
        const bool special_query = query || c == '\'';
        const bool path = query || one_of(c, "?^`{}");
        const bool userinfo = path || one_of(c, "/:;=@[\\]|");
        const bool component = userinfo || one_of(c, "$%&+,");
        const bool form = component || one_of(c, "!'()~");
        int bits = 0;
        if (control) bits |= 1;
        if (fragment) bits |= 2;
        if (query) bits |= 4;
        if (special_query) bits |= 8;
        if (path) bits |= 16;
        if (userinfo) bits |= 32;
        if (component) bits |= 64;
        if (form) bits |= 128;
        table[static_cast<std::size_t>(c)] = static_cast<std::uint8_t>(bits);
    }
    return table;
}

constexpr char hex_digits[] = "0123456789ABCDEF";

void append_escape(std::string& out, char c) {
    const auto byte = static_cast<unsigned char>(c);
    const char escape[3] = {'%', hex_digits[byte >> 4], hex_digits[byte & 15]};
    out.append(escape, 3);
}

// Length of the well-formed sequence at `at`, or 0; `bad` gets the length of the maximal ill-formed prefix.
// Ranges: The Unicode Standard, table 3-7.
std::size_t sequence_length(std::string_view text, std::size_t at, std::size_t& bad) noexcept {
    bad = 1;
    const auto byte = [&](std::size_t i) { return static_cast<unsigned char>(text[i]); };
    const unsigned lead = byte(at);
    if (lead < 0x80) return 1;
    std::size_t more = 0;
    unsigned low = 0x80;
    unsigned high = 0xBF;
    if (lead >= 0xC2 && lead <= 0xDF) {
        more = 1;
    } else if (lead >= 0xE0 && lead <= 0xEF) {
        more = 2;
        if (lead == 0xE0) low = 0xA0;
        if (lead == 0xED) high = 0x9F;
    } else if (lead >= 0xF0 && lead <= 0xF4) {
        more = 3;
        if (lead == 0xF0) low = 0x90;
        if (lead == 0xF4) high = 0x8F;
    } else {
        return 0;
    }
    for (std::size_t i = 1; i <= more; ++i) {
        if (at + i >= text.size() || byte(at + i) < low || byte(at + i) > high) {
            bad = i;
            return 0;
        }
        low = 0x80;
        high = 0xBF;
    }
    return more + 1;
}

}  // namespace

constinit const std::array<std::uint8_t, 256> percent_table = make_table();

bool is_utf8(std::string_view text) noexcept {
    std::size_t bad = 0;
    for (std::size_t i = 0; i < text.size();) {
        const std::size_t n = sequence_length(text, i, bad);
        if (n == 0) return false;
        i += n;
    }
    return true;
}

std::string scrub_utf8(std::string_view text) {
    std::string out;
    out.reserve(text.size() + 16);
    std::size_t bad = 0;
    for (std::size_t i = 0; i < text.size();) {
        const std::size_t n = sequence_length(text, i, bad);
        if (n != 0) {
            out.append(text, i, n);
            i += n;
        } else {
            out.append("\xEF\xBF\xBD");
            i += bad;
        }
    }
    return out;
}

}  // namespace detail

void percent_encode(std::string& out, std::string_view text, percent_set set) {
    std::size_t from = 0;
    for (std::size_t i = 0; i < text.size(); ++i) {
        if (!detail::is_escaped(text[i], set)) continue;
        out.append(text, from, i - from);
        detail::append_escape(out, text[i]);
        from = i + 1;
    }
    out.append(text, from);
}

std::string percent_encoded(std::string_view text, percent_set set) {
    std::string out;
    out.reserve(text.size());
    percent_encode(out, text, set);
    return out;
}

std::string percent_decoded(std::string_view text) {
    std::string out;
    out.reserve(text.size());
    for (std::size_t i = 0; i < text.size(); ++i) {
        if (text[i] == '%' && text.size() - i > 2) {
            const int high = detail::hex_value(text[i + 1]);
            const int low = detail::hex_value(text[i + 2]);
            if (high >= 0 && low >= 0) {
                out.push_back(static_cast<char>(high * 16 + low));
                i += 2;
                continue;
            }
        }
        out.push_back(text[i]);
    }
    return out;
}

void append_form_field(std::string& out, std::string_view name, std::string_view value) {
    const auto append = [&out](std::string_view text) {
        for (const char c : text) {
            if (c == ' ') {
                out.push_back('+');
            } else if (detail::is_escaped(c, percent_set::form_urlencoded)) {
                detail::append_escape(out, c);
            } else {
                out.push_back(c);
            }
        }
    };
    if (!out.empty() && out.back() != '&') out.push_back('&');
    append(name);
    out.push_back('=');
    append(value);
}

}  // namespace gyre::http
