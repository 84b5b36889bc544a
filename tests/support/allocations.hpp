#pragma once
#include <cstddef>

#include "support/sanitizers.hpp"

namespace gyre::test {

// The sanitizers bring an operator new of their own.
inline constexpr bool allocations_are_counted = !under_address_sanitizer && !under_thread_sanitizer;

// Calls of operator new in this thread since it began. Coroutine frames up to 1 KiB do not come from there, but from gyre's slabs.
std::size_t allocations() noexcept;

}  // namespace gyre::test
