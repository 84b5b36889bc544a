#pragma once
#include <string>
#include <vector>

namespace gyre::detail {

// The file to execute for a program's name, as a child with this environment finds it from `directory` (an fd, or AT_FDCWD): a name
// with a slash is a path already, another is looked up in PATH.
// Throws: std::system_error when PATH does not lead to it.
std::string find_program(const std::string& name, const std::vector<std::string>& environment, int directory);

}  // namespace gyre::detail
