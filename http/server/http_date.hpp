#pragma once

#include <chrono>
#include <optional>
#include <string>
#include <string_view>

namespace gyre::http {

// The time as HTTP writes it, in whole seconds: "Sun, 06 Nov 1994 08:49:37 GMT".
// Thread: any. Throws: std::bad_alloc. Source: RFC 9110 section 5.6.7.
std::string http_date(std::chrono::system_clock::time_point when);

// Reads the three forms that a recipient must understand: "Sun, 06 Nov 1994 08:49:37 GMT", "Sunday, 06-Nov-94 08:49:37 GMT"
// and "Sun Nov  6 08:49:37 1994". Of a two-digit year more than 50 years ahead the one a century before is meant. The day of
// the week is not held against the date.
// Returns: nothing for any other text. Thread: any. Throws: nothing. Source: RFC 9110 section 5.6.7.
std::optional<std::chrono::system_clock::time_point> parse_http_date(std::string_view text);

}  // namespace gyre::http
