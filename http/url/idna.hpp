#pragma once

#include <string>
#include <string_view>

namespace gyre::http::detail {

enum class idna_result { ok, invalid, unavailable };

// Turns a domain that holds non-ASCII characters (UTF-8) into its ASCII form, by UTS 46 with non-transitional
// processing, as the WHATWG URL Standard's "domain to ASCII" asks. Appends to `out`.
// Returns `unavailable` when the library was built without libidn2.
idna_result domain_to_ascii(std::string& out, std::string_view domain);

}  // namespace gyre::http::detail
