#pragma once
#include <cstdint>

namespace gyre::detail {

// The calling thread's own number, from 1, which no other thread of the process ever has: neither pthread_t nor the address of a
// thread_local does, both of which go to a new thread when their old one has ended.
std::uint64_t this_thread_number() noexcept;

}  // namespace gyre::detail
