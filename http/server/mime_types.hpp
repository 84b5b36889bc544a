#pragma once

#include <string_view>

namespace gyre::http {

// The media type of a file by the extension of its name, whatever the case: "text/html" for "index.html".
// Returns: "application/octet-stream" for an extension that is not known, or none. A text type has no charset.
// Thread: any. Source: IANA media types registry.
std::string_view mime_type(std::string_view path) noexcept;

}  // namespace gyre::http
