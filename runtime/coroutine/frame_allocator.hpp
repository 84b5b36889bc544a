#pragma once
#include <cstddef>

namespace gyre::detail {

// Memory for coroutine frames and task records: free lists of the calling thread, one for each 16 bytes of size up to
// 1 KiB, on top of malloc. A block may be freed by another thread than the one that allocated it.
// Under AddressSanitizer, or with GYRE_PLAIN_MALLOC set in the environment, every block comes from malloc, so that
// tools see each one's life.
void* allocate_frame(std::size_t size);
void free_frame(void* block, std::size_t size) noexcept;

// Bytes handed out by the calling thread and not freed by it (negative when it frees what others allocated).
std::ptrdiff_t frame_bytes_in_use() noexcept;

// Gives a class its memory from the free lists.
struct frame_allocated {
    static void* operator new(std::size_t size) { return allocate_frame(size); }
    static void operator delete(void* block, std::size_t size) noexcept { free_frame(block, size); }
};

}  // namespace gyre::detail
