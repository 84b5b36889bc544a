#pragma once
#include <cstddef>
#include <string>

namespace gyre::detail {

// Names the calling thread "<what>-<number>", for debuggers and top; the system keeps 15 letters.
void name_this_thread(const std::string& what, std::size_t number) noexcept;

}  // namespace gyre::detail
