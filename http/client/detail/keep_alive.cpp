#include <gyre/http/client/detail/keep_alive.hpp>
#include <gyre/http/headers/field_syntax.hpp>
#include <gyre/http/headers/token_list.hpp>

#include <algorithm>
#include <charconv>
#include <chrono>

namespace gyre::http::detail {
namespace {

// Of "timeout=5"; false for anything else.
bool parse_timeout(std::string_view part, unsigned& seconds) {
    constexpr std::string_view name = "timeout=";
    if (part.size() <= name.size() || !equals_ignoring_case(part.substr(0, name.size()), name)) return false;
    return std::from_chars(part.data() + name.size(), part.data() + part.size(), seconds).ec == std::errc();
}

}  // namespace

keep_alive_hint keep_alive_of(const headers& response) {
    keep_alive_hint hint;
    const auto field = response.get("keep-alive");
    if (!field) return hint;
    for (const std::string_view part : token_list(*field)) {
        unsigned seconds = 0;
        if (!parse_timeout(part, seconds)) continue;
        if (seconds == 0) hint.at_all = false;
        // Gone before the server closes it: earlier by a second, or by half of a short time.
        const auto whole = std::chrono::seconds(std::min(seconds, 86400u));
        hint.until = std::max<duration>(whole - std::chrono::seconds(1), duration(whole) / 2);
    }
    return hint;
}

}  // namespace gyre::http::detail
