#pragma once
#include <string>
#include <string_view>

namespace gyre::net::detail {

// In lower case, without the dot at its end.
std::string canonical_name(std::string_view host);

// Null when it can be asked of DNS, else what is wrong with it.
const char* fault_of_name(std::string_view host) noexcept;

// "localhost" and what ends in ".localhost", canonical: always this machine. RFC 6761, section 6.3.
bool is_localhost(std::string_view canonical) noexcept;

}  // namespace gyre::net::detail
