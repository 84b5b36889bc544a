#pragma once

#include <gyre/http/url/url_error.hpp>

#include <cstdint>
#include <string>
#include <string_view>

namespace gyre::http {

// What stands in the host of a URL.
enum class host_kind : std::uint8_t { none, empty, domain, ipv4, ipv6, opaque };

namespace detail {

// Appends the canonical form of `host` (without port, with brackets for IPv6) to `out`.
// Returns the reason when it is not a host; `kind` is set on success. `special` chooses between domains and opaque hosts.
// Source: WHATWG URL Standard, section 3.5.
url_issue parse_host(std::string& out, std::string_view host, bool special, host_kind& kind);

// True when the last label makes the URL Standard treat `host` as an IPv4 address ("ends in a number").
bool ends_in_number(std::string_view host) noexcept;

// Parses the forms of IPv4 that the URL Standard takes (`127.1`, `0x7f.0.0.1`, `2130706433`).
bool parse_ipv4(std::string_view host, std::uint32_t& address) noexcept;

// Parses an IPv6 address without brackets into eight pieces.
bool parse_ipv6(std::string_view text, std::uint16_t (&pieces)[8]) noexcept;

}  // namespace detail
}  // namespace gyre::http
