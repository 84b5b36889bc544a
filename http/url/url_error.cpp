#include <gyre/http/headers/field_syntax.hpp>
#include <gyre/http/url/url_error.hpp>

#include <algorithm>
#include <utility>

namespace gyre::http::detail {
namespace {

std::string_view explain(url_issue issue) {
    switch (issue) {
        case url_issue::none:
            break;
        case url_issue::too_long:
            return "it is longer than 64 MiB; pass the data in a request body instead";
        case url_issue::no_scheme:
            return "it has no scheme and there is no base URL to resolve it against; write it in full, as in \"https://example.org/path\"";
        case url_issue::opaque_base:
            return "the base URL has no hierarchical path (like mailto: or data:), so only a \"#fragment\" can be resolved against it; "
                   "write "
                   "the URL in full";
        case url_issue::empty_host:
            return "the host is missing; write it after the slashes, as in \"https://example.org/path\"";
        case url_issue::no_host_before_port:
            return "there is a port but no host before it; write \"host:port\"";
        case url_issue::credentials_without_host:
            return "there is a user name but no host after the '@'; write \"user@host\"";
        case url_issue::bad_host_character:
            return "the host contains a character that no host may hold (such as a space, '<', '>', '[', ']', '^', '|', '%' or a control "
                   "character); correct the host";
        case url_issue::bad_domain:
            return "the host is not a valid internationalised domain name (UTS 46); correct the host";
        case url_issue::empty_domain:
            return "nothing is left of the host after normalisation; correct the host";
        case url_issue::bad_ipv4:
            return "the host ends in a number but is not an IPv4 address; write four decimal numbers from 0 to 255, as in \"192.0.2.1\"";
        case url_issue::bad_ipv6:
            return "the host in brackets is not an IPv6 address; write it as in \"[2001:db8::1]\"";
        case url_issue::bad_port:
            return "the port is not a number; write digits after the ':' or leave the ':' out";
        case url_issue::port_too_large:
            return "the port is above 65535; use a port from 0 to 65535";
        case url_issue::no_idna:
            return "the host has non-ASCII characters and this build has no IDNA support; build gyre with libidn2 (Debian: libidn2-dev) or "
                   "write the host in its ASCII form (xn--...)";
    }
    return "it is not a URL";
}

// Where the password begins and ends that may stand in `text`; both npos when there is none. It is an error's text: a password that holds
// what ends an authority, and so was not seen as one, has to be found too.
std::pair<std::size_t, std::size_t> password_in(std::string_view text) {
    constexpr std::pair<std::size_t, std::size_t> none{std::string_view::npos, std::string_view::npos};
    const bool without_scheme = text.starts_with('/') || text.starts_with('\\');
    const std::size_t scheme_end = without_scheme ? 0 : text.find(':') + 1;
    const std::size_t begin = text.find_first_not_of("/\\", scheme_end);
    if (begin == std::string_view::npos) return none;
    const std::size_t end = std::min(text.find_first_of("/\\?#", begin), text.size());
    const std::string_view authority = text.substr(begin, end - begin);
    const std::size_t colon = authority.find(':');
    if (colon == std::string_view::npos || authority.front() == '[') return none;
    std::size_t at = authority.rfind('@');
    if (at == std::string_view::npos && authority.find_first_not_of("0123456789", colon + 1) != std::string_view::npos)
        at = text.substr(begin).rfind('@');
    if (at == std::string_view::npos || at < colon) return none;
    return {begin + colon + 1, begin + at};
}

// Printable, bounded, and without the password.
std::string presentable(std::string_view text) {
    constexpr std::size_t longest = 200;
    std::string masked(text);
    if (const auto [begin, end] = password_in(text); begin != std::string_view::npos) masked.replace(begin, end - begin, "***");
    text = masked;
    std::string out = "\"";
    for (const char c : text.substr(0, longest)) {
        const auto byte = static_cast<unsigned char>(c);
        if (byte < 0x20 || byte == 0x7F || c == '"' || c == '\\')
            append_escaped(out, c);
        else
            out += c;
    }
    out += '"';
    if (text.size() > longest) out += "... (" + std::to_string(text.size()) + " bytes)";
    return out;
}

}  // namespace

url_error make_url_error(url_issue issue, std::string_view input, std::string_view base) {
    std::string message = "cannot parse URL " + presentable(input);
    if (!base.empty()) message += " against base " + presentable(base);
    message += ": ";
    message += explain(issue);
    return url_error(message, std::string(input));
}

}  // namespace gyre::http::detail
