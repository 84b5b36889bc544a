#include <gyre/http/url/idna.hpp>

#if defined(GYRE_WITH_IDN2)
#include <idn2.h>
#endif

namespace gyre::http::detail {

#if defined(GYRE_WITH_IDN2)
namespace {

bool is_ascii(std::string_view text) {
    for (const char c : text) {
        if (static_cast<unsigned char>(c) > 0x7F) return false;
    }
    return true;
}

void append_lower(std::string& out, std::string_view text) {
    for (const char c : text) out.push_back(c >= 'A' && c <= 'Z' ? static_cast<char>(c | 0x20) : c);
}

bool starts_with_ace(std::string_view label) {
    return label.size() >= 4 && (label[0] | 0x20) == 'x' && (label[1] | 0x20) == 'n' && label[2] == '-' && label[3] == '-';
}

// One label through libidn2. Its length limits are those of DNS.
bool convert_label(std::string& out, const std::string& label) {
    char* ascii = nullptr;
    const int code = ::idn2_to_ascii_8z(label.c_str(), &ascii, IDN2_NFC_INPUT | IDN2_NONTRANSITIONAL);
    if (code != IDN2_OK) return false;
    append_lower(out, ascii);
    ::idn2_free(ascii);
    return true;
}

}  // namespace

// Label by label: libidn2 applies the hyphen and length rules of DNS registration to ASCII labels too, which the URL
// Standard does not (CheckHyphens and VerifyDnsLength are false there).
idna_result domain_to_ascii(std::string& out, std::string_view domain) {
    if (domain.find('\0') != std::string_view::npos) return idna_result::invalid;
    std::size_t from = 0;
    std::string label;
    for (;;) {
        std::size_t end = from;
        std::size_t dot = 0;
        // The full stops that UTS 46 maps to '.': U+002E, U+3002, U+FF0E, U+FF61.
        for (; end < domain.size(); ++end) {
            const std::string_view rest = domain.substr(end);
            if (rest.front() == '.') dot = 1;
            if (rest.starts_with("\xE3\x80\x82") || rest.starts_with("\xEF\xBC\x8E") || rest.starts_with("\xEF\xBD\xA1")) dot = 3;
            if (dot != 0) break;
        }
        label.assign(domain, from, end - from);
        if (is_ascii(label) && !starts_with_ace(label)) {
            append_lower(out, label);
        } else if (!convert_label(out, label)) {
            return idna_result::invalid;
        }
        if (dot == 0) return idna_result::ok;
        out.push_back('.');
        from = end + dot;
    }
}
#else
idna_result domain_to_ascii(std::string&, std::string_view) { return idna_result::unavailable; }
#endif

}  // namespace gyre::http::detail
