#pragma once
#include <string>
#include <string_view>

namespace gyre::http::detail {

class call;

// The value of an Authorization header for Basic authentication. Source: RFC 7617.
std::string basic_credentials(std::string_view user, std::string_view password);

// Moves user name and password of the request's URL into its Authorization header, as curl and aiohttp do; a header that is
// there already wins. From then on no message and no response shows them.
// Throws: http::error when the user name holds a ':', which Basic authentication cannot carry.
void take_credentials(call& request);

}  // namespace gyre::http::detail
