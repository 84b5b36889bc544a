#include <gyre/http/url/host.hpp>

#include <gyre/http/url/idna.hpp>
#include <gyre/http/url/percent_encoding.hpp>

#include <array>
#include <utility>

namespace gyre::http::detail {
namespace {

constexpr bool is_digit(char c) { return c >= '0' && c <= '9'; }

// Bit 1: forbidden host code point. Bit 2: forbidden domain code point. Bit 4: the slow path must look at the domain.
// Bit 8: upper-case letter.
constexpr std::array<std::uint8_t, 256> make_host_table() {
    std::array<std::uint8_t, 256> table{};
    const std::string_view forbidden("\0\t\n\r #/:<>?@[\\]^|", 17);
    for (int c = 0; c < 256; ++c) {
        int bits = 0;
        for (const char f : forbidden) {
            if (static_cast<unsigned char>(f) == c) bits |= 3;
        }
        if (c < 0x20 || c == '%' || c == 0x7F) bits |= 2;
        if (c == '%' || c > 0x7F) bits |= 4;
        if (c >= 'A' && c <= 'Z') bits |= 8;
        table[static_cast<std::size_t>(c)] = static_cast<std::uint8_t>(bits);
    }
    return table;
}
constexpr auto host_table = make_host_table();

int bits_of(char c) { return host_table[static_cast<unsigned char>(c)]; }

// A number of an IPv4 address: decimal, 0-octal or 0x-hexadecimal. Saturates; false when it is none.
bool parse_ipv4_number(std::string_view text, std::uint64_t& value) noexcept {
    if (text.empty()) return false;
    unsigned base = 10;
    if (text.size() >= 2 && text[0] == '0' && (text[1] == 'x' || text[1] == 'X')) {
        text.remove_prefix(2);
        base = 16;
    } else if (text.size() >= 2 && text[0] == '0') {
        text.remove_prefix(1);
        base = 8;
    }
    value = 0;
    for (const char c : text) {
        const int digit = hex_value(c);
        if (digit < 0 || static_cast<unsigned>(digit) >= base) return false;
        if (value <= 0xFFFFFFFFu) value = value * base + static_cast<unsigned>(digit);
    }
    return true;
}

void append_decimal(std::string& out, unsigned value) {
    char digits[10];
    std::size_t n = 0;
    do {
        digits[n++] = static_cast<char>('0' + value % 10);
        value /= 10;
    } while (value != 0);
    while (n > 0) out.push_back(digits[--n]);
}

void append_ipv4(std::string& out, std::uint32_t address) {
    for (int shift = 24; shift >= 0; shift -= 8) {
        append_decimal(out, (address >> shift) & 0xFF);
        if (shift != 0) out.push_back('.');
    }
}

// The longest run of zero pieces (at least two, the first of equals) becomes "::".
void append_ipv6(std::string& out, const std::uint16_t (&pieces)[8]) {
    int best = -1;
    int best_length = 1;
    for (int i = 0; i < 8;) {
        int j = i;
        while (j < 8 && pieces[j] == 0) ++j;
        if (j - i > best_length) {
            best = i;
            best_length = j - i;
        }
        i = j == i ? i + 1 : j;
    }
    out.push_back('[');
    for (int i = 0; i < 8;) {
        if (i == best) {
            out.append(i == 0 ? "::" : ":");
            i += best_length;
            continue;
        }
        const unsigned piece = pieces[i];
        bool leading = true;
        for (int shift = 12; shift >= 0; shift -= 4) {
            const unsigned digit = (piece >> shift) & 15;
            if (leading && digit == 0 && shift != 0) continue;
            leading = false;
            out.push_back("0123456789abcdef"[digit]);
        }
        if (++i < 8) out.push_back(':');
    }
    out.push_back(']');
}

// `out` from `start` on holds an ASCII lower-case domain: the last checks, and IPv4.
url_issue finish_domain(std::string& out, std::size_t start, host_kind& kind) {
    const std::string_view domain = std::string_view(out).substr(start);
    if (domain.empty()) return url_issue::empty_domain;
    for (const char c : domain) {
        if ((bits_of(c) & 2) != 0) return url_issue::bad_host_character;
    }
    kind = host_kind::domain;
    if (!ends_in_number(domain)) return url_issue::none;
    std::uint32_t address = 0;
    if (!parse_ipv4(domain, address)) return url_issue::bad_ipv4;
    out.resize(start);
    append_ipv4(out, address);
    kind = host_kind::ipv4;
    return url_issue::none;
}

url_issue parse_domain(std::string& out, std::string_view host, host_kind& kind) {
    const std::size_t start = out.size();
    int seen = 0;
    for (const char c : host) seen |= bits_of(c);
    if ((seen & 4) == 0) {
        out.append(host);
        if ((seen & 8) != 0) {
            for (std::size_t i = start; i < out.size(); ++i) {
                if (out[i] >= 'A' && out[i] <= 'Z') out[i] = static_cast<char>(out[i] | 0x20);
            }
        }
        return finish_domain(out, start, kind);
    }
    std::string decoded = percent_decoded(host);
    if (!is_utf8(decoded)) decoded = scrub_utf8(decoded);
    bool ascii = true;
    for (const char c : decoded) ascii = ascii && static_cast<unsigned char>(c) < 0x80;
    if (ascii) {
        for (const char c : decoded) out.push_back(c >= 'A' && c <= 'Z' ? static_cast<char>(c | 0x20) : c);
        return finish_domain(out, start, kind);
    }
    switch (domain_to_ascii(out, decoded)) {
        case idna_result::ok:
            return finish_domain(out, start, kind);
        case idna_result::invalid:
            return url_issue::bad_domain;
        case idna_result::unavailable:
            break;
    }
    return url_issue::no_idna;
}

}  // namespace

bool ends_in_number(std::string_view host) noexcept {
    if (!host.empty() && host.back() == '.') host.remove_suffix(1);
    const std::string_view last = host.substr(host.rfind('.') + 1);
    if (last.empty()) return false;
    bool digits = true;
    for (const char c : last) digits = digits && is_digit(c);
    if (digits) return true;
    std::uint64_t ignored = 0;
    return parse_ipv4_number(last, ignored);
}

bool parse_ipv4(std::string_view host, std::uint32_t& address) noexcept {
    if (!host.empty() && host.back() == '.') host.remove_suffix(1);
    std::uint64_t numbers[4];
    std::size_t count = 0;
    for (;;) {
        const std::size_t dot = host.find('.');
        if (count == 4 || !parse_ipv4_number(host.substr(0, dot), numbers[count])) return false;
        ++count;
        if (dot == std::string_view::npos) break;
        host.remove_prefix(dot + 1);
    }
    std::uint64_t value = 0;
    for (std::size_t i = 0; i + 1 < count; ++i) {
        if (numbers[i] > 255) return false;
        value |= numbers[i] << (24 - 8 * i);
    }
    const std::uint64_t last = numbers[count - 1];
    if (last >= (std::uint64_t{1} << (8 * (5 - count)))) return false;
    address = static_cast<std::uint32_t>(value | last);
    return true;
}

bool parse_ipv6(std::string_view text, std::uint16_t (&pieces)[8]) noexcept {
    for (auto& piece : pieces) piece = 0;
    int index = 0;
    int compress = -1;
    std::size_t p = 0;
    if (text.starts_with(':')) {
        if (!text.starts_with("::")) return false;
        p = 2;
        compress = ++index;
    }
    while (p < text.size()) {
        if (index == 8) return false;
        if (text[p] == ':') {
            if (compress != -1) return false;
            ++p;
            compress = ++index;
            continue;
        }
        unsigned value = 0;
        std::size_t length = 0;
        while (length < 4 && p < text.size() && hex_value(text[p]) >= 0) {
            value = value * 16 + static_cast<unsigned>(hex_value(text[p]));
            ++p;
            ++length;
        }
        if (p < text.size() && text[p] == '.') {
            if (length == 0 || index > 6) return false;
            p -= length;
            int seen = 0;
            while (p < text.size()) {
                if (seen > 0) {
                    if (seen == 4 || text[p] != '.') return false;
                    ++p;
                }
                if (p >= text.size() || !is_digit(text[p])) return false;
                int octet = -1;
                while (p < text.size() && is_digit(text[p])) {
                    const int digit = text[p] - '0';
                    if (octet == 0) return false;
                    octet = octet == -1 ? digit : octet * 10 + digit;
                    if (octet > 255) return false;
                    ++p;
                }
                pieces[index] = static_cast<std::uint16_t>(pieces[index] * 256 + octet);
                ++seen;
                if (seen == 2 || seen == 4) ++index;
            }
            if (seen != 4) return false;
            break;
        }
        if (p < text.size() && text[p] == ':') {
            if (++p == text.size()) return false;
        } else if (p < text.size()) {
            return false;
        }
        pieces[index++] = static_cast<std::uint16_t>(value);
    }
    if (compress != -1) {
        int swaps = index - compress;
        index = 7;
        while (index != 0 && swaps > 0) {
            std::swap(pieces[index], pieces[compress + swaps - 1]);
            --index;
            --swaps;
        }
        return true;
    }
    return index == 8;
}

url_issue parse_host(std::string& out, std::string_view host, bool special, host_kind& kind) {
    if (host.starts_with('[')) {
        std::uint16_t pieces[8];
        if (host.size() < 2 || host.back() != ']' || !parse_ipv6(host.substr(1, host.size() - 2), pieces)) return url_issue::bad_ipv6;
        append_ipv6(out, pieces);
        kind = host_kind::ipv6;
        return url_issue::none;
    }
    if (special) return parse_domain(out, host, kind);
    for (const char c : host) {
        if ((bits_of(c) & 1) != 0) return url_issue::bad_host_character;
    }
    percent_encode(out, host, percent_set::c0_control);
    kind = host.empty() ? host_kind::empty : host_kind::opaque;
    return url_issue::none;
}

}  // namespace gyre::http::detail
