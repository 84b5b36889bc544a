#include <gyre/http/server/detail/byte_range.hpp>

#include <gyre/http/headers/field_syntax.hpp>

#include <algorithm>
#include <limits>
#include <optional>

namespace gyre::http::detail {
namespace {

// Digits only; more than fits is the largest number, which lies behind every end.
std::optional<std::uint64_t> number(std::string_view digits) noexcept {
    constexpr std::uint64_t most = std::numeric_limits<std::uint64_t>::max();
    if (digits.empty()) return std::nullopt;
    std::uint64_t value = 0;
    for (const char c : digits) {
        if (c < '0' || c > '9') return std::nullopt;
        const auto digit = static_cast<std::uint64_t>(c - '0');
        value = value > (most - digit) / 10 ? most : value * 10 + digit;
    }
    return value;
}

}  // namespace

byte_range parse_range(std::string_view value, std::uint64_t size) noexcept {
    constexpr std::string_view unit = "bytes=";
    if (!equals_ignoring_case(value.substr(0, unit.size()), unit)) return {};
    const std::string_view spec = trim_whitespace(value.substr(unit.size()));
    const std::size_t dash = spec.find('-');
    if (dash == std::string_view::npos) return {};
    const std::string_view from = spec.substr(0, dash);
    const std::string_view to = spec.substr(dash + 1);
    const std::optional<std::uint64_t> last = number(to);
    if (from.empty()) {
        // The last so many bytes.
        if (!last) return {};
        if (*last == 0 || size == 0) return {byte_range::verdict::unsatisfiable, 0, 0};
        return {byte_range::verdict::part, size - std::min(*last, size), size};
    }
    const std::optional<std::uint64_t> first = number(from);
    if (!first || (!to.empty() && (!last || *last < *first))) return {};
    if (*first >= size) return {byte_range::verdict::unsatisfiable, 0, 0};
    return {byte_range::verdict::part, *first, last ? std::min(*last, size - 1) + 1 : size};
}

}  // namespace gyre::http::detail
