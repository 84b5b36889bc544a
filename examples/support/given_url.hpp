#pragma once
// URLs as a person gives them, which may hold a password. That is for the server, and never for a screen or a file.
#include <gyre/http/url/url.hpp>
#include <gyre/http/url/url_error.hpp>

#include <cstddef>
#include <string>
#include <string_view>

namespace example {

// The text as it may be shown: without the user name and password.
inline std::string without_credentials(std::string_view text) {
    const std::size_t at = text.rfind('@');
    if (at == std::string_view::npos) return std::string(text);
    if (auto url = gyre::http::url::try_parse(text); url && url->has_authority()) {
        if (!url->has_credentials()) return std::string(text);
        url->clear_credentials();
        return url->href();
    }
    // What was meant to be a password, before the host or as "user:password@host", may hold anything. It ends at the last '@'.
    const std::size_t slashes = text.substr(0, at).find("//");
    const std::string_view before = slashes == std::string_view::npos ? std::string_view() : text.substr(0, slashes + 2);
    return std::string(before).append(text.substr(at + 1));
}

// A URL with a host. Throws: gyre::http::url_error, whose message shows no password.
inline gyre::http::url parse_given(std::string_view text) {
    const std::string shown = without_credentials(text);
    const auto url = gyre::http::url::try_parse(text);
    if (url && url->has_authority()) return *url;
    if (url)
        throw gyre::http::url_error(
            "cannot parse URL \"" + shown + "\": there is no host; write it in full, as in \"http://example.org/path\"", shown);
    gyre::http::url::parse(shown);  // throws when the mistake is there
    throw gyre::http::url_error("cannot parse URL \"" + shown +
                                    "\" with the user name and password that it was given with: in these write '/', '?', '#', '@' and ':' "
                                    "percent-encoded, as in \"p%2Fw\"",
                                shown);
}

}  // namespace example
