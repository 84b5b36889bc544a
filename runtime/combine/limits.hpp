#pragma once
#include <gyre/runtime/loop/loop_options.hpp>

#include <string>

namespace gyre::detail {

// "5 s", "250 ms", "80 us": for messages about time limits.
std::string readable(duration d);

}  // namespace gyre::detail
