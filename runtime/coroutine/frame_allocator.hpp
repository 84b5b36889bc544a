#pragma once
#include <cstddef>

namespace gyre::detail {

// Memory for coroutine frames and task records: each thread has slabs of 64 KiB cut into blocks of one size, one size for each
// 16 bytes up to 1 KiB; what is larger comes from malloc. A block may be freed by another thread than the one that allocated
// it, which then uses it again. A slab without a block in use goes back to the kernel, but for a few that the thread keeps.
// In a program under AddressSanitizer or ThreadSanitizer every block comes from malloc, so that tools see each one's life;
// GYRE_PLAIN_MALLOC set in the environment does the same anywhere, and GYRE_PLAIN_MALLOC=0 takes slabs even there.
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
