#pragma once
#include <gyre/runtime/coroutine/task.hpp>

#include <string>

struct statx;

namespace gyre::detail {

// Asks what the path leads to, or, without `follow`, about a symbolic link itself. 0 or a negative errno. Both arguments
// outlive it.
task<int> look_at(const std::string& path, bool follow, struct statx& into);

}  // namespace gyre::detail
