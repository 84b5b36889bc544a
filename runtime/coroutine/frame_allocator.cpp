#include <gyre/runtime/coroutine/frame_allocator.hpp>

#include <array>
#include <cstdint>
#include <cstdlib>
#include <new>

// Present only in a program that AddressSanitizer instruments, whether or not this library is.
extern "C" __attribute__((weak)) void __asan_init();

namespace gyre::detail {
namespace {

constexpr std::size_t step = 16;
constexpr std::size_t largest = 1024;
constexpr std::size_t classes = largest / step;
constexpr std::size_t kept_bytes_per_class = 512 * 1024;

struct free_block {
    free_block* next;
};

struct free_list {
    free_block* head = nullptr;
    std::size_t count = 0;
};

bool plain_malloc() noexcept {
    static const bool plain = __asan_init != nullptr || std::getenv("GYRE_PLAIN_MALLOC") != nullptr;
    return plain;
}

// Trivially destructible and constant-initialised, so that reaching it costs no guard check, and so that frames freed
// while a thread ends (after `at_exit` has run) still find it.
struct thread_lists {
    std::array<free_list, classes> lists;
    std::ptrdiff_t in_use;
    bool ready;
    bool closed;
};
constinit thread_local thread_lists local{};

struct at_exit {
    ~at_exit() {
        local.closed = true;
        for (free_list& list : local.lists) {
            while (free_block* block = list.head) {
                list.head = block->next;
                std::free(block);
            }
            list.count = 0;
        }
    }
};

void prepare_thread() noexcept {
    static thread_local at_exit cleanup;
    (void)&cleanup;
    local.closed = local.closed || plain_malloc();
    local.ready = true;
}

// malloc's chunks are 16n + 8 usable bytes, so a class of that shape wastes nothing.
constexpr std::size_t class_of(std::size_t size) noexcept { return size <= 24 ? 0 : (size - 9) / step; }
constexpr std::size_t class_bytes(std::size_t index) noexcept { return (index + 1) * step + 8; }
static_assert(class_bytes(class_of(24)) >= 24 && class_bytes(class_of(25)) >= 25 && class_bytes(class_of(128)) >= 128);

void* checked_malloc(std::size_t size) {
    void* block = std::malloc(size);
    if (block == nullptr) throw std::bad_alloc();
    return block;
}

}  // namespace

void* allocate_frame(std::size_t size) {
    const std::size_t index = class_of(size);
    local.in_use += static_cast<std::ptrdiff_t>(size);
    if (index >= classes) return checked_malloc(size);
    free_list& list = local.lists[index];
    if (free_block* block = list.head) {
        list.head = block->next;
        --list.count;
        return block;
    }
    if (!local.ready) prepare_thread();
    return checked_malloc(class_bytes(index));
}

void free_frame(void* block, std::size_t size) noexcept {
    const std::size_t index = class_of(size);
    local.in_use -= static_cast<std::ptrdiff_t>(size);
    if (index >= classes) return std::free(block);
    if (!local.ready) prepare_thread();
    free_list& list = local.lists[index];
    if (local.closed || list.count * class_bytes(index) >= kept_bytes_per_class) return std::free(block);
    list.head = ::new (block) free_block{list.head};
    ++list.count;
}

std::ptrdiff_t frame_bytes_in_use() noexcept { return local.in_use; }

}  // namespace gyre::detail
