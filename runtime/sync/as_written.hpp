#pragma once
#include <cstddef>
#include <string>

namespace gyre::detail {

// A number for a message as its caller wrote it: -3, not 18446744073709551613.
inline std::string as_written(std::size_t n) { return std::to_string(static_cast<std::ptrdiff_t>(n)); }

}  // namespace gyre::detail
