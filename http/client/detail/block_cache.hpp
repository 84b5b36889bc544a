#pragma once
#include <cstddef>

namespace gyre::http::detail {

// Memory for bodies, from free lists of the calling thread on top of malloc. glibc gives a large block at the end of its heap back to
// the system at each free, and then takes the page faults again: at 64 KiB a body that costs more than receiving it.
// A block may be freed by another thread than the one that allocated it.
// Under AddressSanitizer, or with GYRE_PLAIN_MALLOC set in the environment, every block comes from malloc.
struct block {
    std::byte* data;
    std::size_t size;  // at least what was asked for
};
// Throws std::bad_alloc.
block allocate_block(std::size_t size);
// `size` as allocate_block gave it.
void free_block(std::byte* data, std::size_t size) noexcept;

}  // namespace gyre::http::detail
