#include <gyre/http/client/detail/block_cache.hpp>

#include <array>
#include <bit>
#include <cstdlib>
#include <new>

// Present only in a program that AddressSanitizer instruments, whether or not this library is.
extern "C" __attribute__((weak)) void __asan_init();

namespace gyre::http::detail {
namespace {

// Classes of 1, 1.25, 1.5, 1.75, 2, 2.5, ... KiB up to 1 MiB, with a little more in each: a body of a round size takes a byte more.
constexpr unsigned first_shift = 10;
constexpr unsigned last_shift = 20;
constexpr std::size_t extra = 48;
constexpr std::size_t classes = (last_shift - first_shift) * 4 + 1;
constexpr std::size_t kept_bytes = std::size_t{4} << 20;  // by a thread

// The quarter step that holds `size`; >= classes for none.
constexpr std::size_t class_of(std::size_t size) noexcept {
    if (size <= (std::size_t{1} << first_shift) + extra) return 0;
    const std::size_t n = size - extra - 1;
    const auto shift = static_cast<unsigned>(std::bit_width(n)) - 1;
    return (shift - first_shift) * 4 + ((n >> (shift - 2)) & 3) + 1;
}
constexpr std::size_t class_bytes(std::size_t index) noexcept {
    const std::size_t quarter = (std::size_t{1} << first_shift) >> 2;
    return (((4 + index % 4) * quarter) << (index / 4)) + extra;
}
static_assert(class_of(1024 + extra) == 0 && class_of(1025 + extra) == 1 && class_bytes(1) == 1280 + extra);
static_assert(class_of(65536 + extra) == 24 && class_bytes(24) == 65536 + extra && class_of(65537 + extra) == 25);
static_assert(class_of((std::size_t{1} << last_shift) + extra) == classes - 1);

struct free_entry {
    free_entry* next;
};

bool plain_malloc() noexcept {
    static const bool plain = __asan_init != nullptr || std::getenv("GYRE_PLAIN_MALLOC") != nullptr;
    return plain;
}

// Trivially destructible, so that blocks freed while a thread ends still find it.
struct thread_blocks {
    std::array<free_entry*, classes> lists;
    std::size_t kept;
    bool ready;
    bool closed;
};
constinit thread_local thread_blocks local{};

struct at_exit {
    ~at_exit() {
        local.closed = true;
        for (free_entry*& list : local.lists) {
            while (free_entry* entry = list) {
                list = entry->next;
                std::free(entry);
            }
        }
        local.kept = 0;
    }
};

void prepare_thread() noexcept {
    static thread_local at_exit cleanup;
    static_cast<void>(&cleanup);
    local.closed = local.closed || plain_malloc();
    local.ready = true;
}

block checked_malloc(std::size_t size) {
    void* data = std::malloc(size);
    if (data == nullptr) throw std::bad_alloc();
    return {static_cast<std::byte*>(data), size};
}

}  // namespace

block allocate_block(std::size_t size) {
    const std::size_t index = class_of(size);
    if (index >= classes) return checked_malloc(size);
    if (free_entry* entry = local.lists[index]) {
        local.lists[index] = entry->next;
        local.kept -= class_bytes(index);
        return {reinterpret_cast<std::byte*>(entry), class_bytes(index)};
    }
    if (!local.ready) prepare_thread();
    // Tools that look for overflows want the exact size.
    return checked_malloc(local.closed ? size : class_bytes(index));
}

void free_block(std::byte* data, std::size_t size) noexcept {
    const std::size_t index = class_of(size);
    if (!local.ready) prepare_thread();
    if (index >= classes || size != class_bytes(index) || local.closed || local.kept + size > kept_bytes) return std::free(data);
    local.lists[index] = ::new (static_cast<void*>(data)) free_entry{local.lists[index]};
    local.kept += size;
}

}  // namespace gyre::http::detail
