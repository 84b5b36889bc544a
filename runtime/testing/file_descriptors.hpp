#pragma once
#include <cstddef>
#include <map>
#include <string>
#include <vector>

// Thread: any. Throws: std::runtime_error where /proc is not mounted.
namespace gyre::testing {

// The open file descriptors of this process and what each one is ("socket:[123]", "/etc/hosts").
std::map<int, std::string> open_file_descriptors();

// How many there are.
std::size_t open_file_descriptor_count();

// Those that are open now and were not, or were something else, in `before`: one line each, as "fd 7 (socket:[123])".
std::vector<std::string> opened_since(const std::map<int, std::string>& before);

}  // namespace gyre::testing
