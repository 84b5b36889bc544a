#include <gyre/http/client/detail/call.hpp>
#include <gyre/http/client/detail/credentials.hpp>
#include <gyre/http/url/percent_encoding.hpp>

#include <cstdint>

namespace gyre::http::detail {
namespace {

// Source: RFC 4648, section 4.
std::string base64(std::string_view bytes) {
    constexpr std::string_view digits = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    std::string out;
    out.reserve((bytes.size() + 2) / 3 * 4);
    for (std::size_t i = 0; i < bytes.size(); i += 3) {
        const std::string_view group = bytes.substr(i, 3);
        std::uint32_t bits = 0;
        for (std::size_t k = 0; k < 3; ++k) bits = bits << 8 | (k < group.size() ? static_cast<unsigned char>(group[k]) : 0u);
        for (std::size_t k = 0; k < 4; ++k) out += k <= group.size() ? digits[bits >> (18 - 6 * k) & 63] : '=';
    }
    return out;
}

}  // namespace

std::string basic_credentials(std::string_view user, std::string_view password) {
    return "Basic " + base64(std::string(user) + ":" + std::string(password));
}

void take_credentials(call& request) {
    url& target = *request.target;
    if (!target.has_credentials()) return;
    const std::string user = percent_decoded(target.username());
    const std::string password = percent_decoded(target.password());
    target.clear_credentials();
    if (request.request_headers.contains("Authorization")) return;
    if (user.find(':') != std::string::npos)
        throw_impossible("the user name in the URL holds a ':', which Basic authentication cannot carry", request.facts());
    request.request_headers.add("Authorization", basic_credentials(user, password));
}

}  // namespace gyre::http::detail
