#pragma once
#include <functional>
#include <string>

namespace gyre::detail {

// Who is told of a task that was destroyed unstarted; an empty function prints to stderr, in debug mode only.
void set_never_awaited_handler(std::function<void(const std::string& report)> fn);

}  // namespace gyre::detail
