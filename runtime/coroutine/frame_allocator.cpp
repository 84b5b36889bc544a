#include <gyre/runtime/coroutine/frame_allocator.hpp>
#include <gyre/runtime/coroutine/intrusive_list.hpp>

#include <pthread.h>
#include <sys/mman.h>

#include <algorithm>
#include <array>
#include <atomic>
#include <cstdint>
#include <cstdlib>
#include <cstring>
#include <mutex>
#include <new>
#include <utility>

// Present only in a program that AddressSanitizer or ThreadSanitizer instruments, whether or not this library is.
extern "C" __attribute__((weak)) void __asan_init();
extern "C" __attribute__((weak)) void __tsan_init();

namespace gyre::detail {
namespace {

constexpr std::size_t step = 16;
constexpr std::size_t largest = 1024;
constexpr std::size_t classes = largest / step;
constexpr std::size_t slab_size = 64 * 1024;
// Slabs of address space taken from the kernel at once.
constexpr std::size_t slabs_at_once = 16;
// Empty slabs that a thread keeps.
constexpr std::size_t most_spares = 64;
// How many blocks of a new slab are made ready at once.
constexpr std::uint32_t blocks_at_once = 8;
constexpr std::size_t cache_line = 64;

constexpr std::size_t class_of(std::size_t size) noexcept { return (size - 1) / step; }
constexpr std::size_t block_size(std::size_t index) noexcept { return (index + 1) * step; }

struct block {
    block* next;
};

class heap;

// Blocks of one size, of one thread. It lies at a multiple of its size, so that a block's address tells its slab.
struct alignas(cache_line) slab : list_hook<> {
    static constexpr std::uint32_t never = static_cast<std::uint32_t>(-1);

    heap* owner = nullptr;
    std::uint32_t index = 0;
    // The rest changes with every block, so it has a cache line apart from what other threads read.
    alignas(cache_line) block* free = nullptr;
    std::uint32_t used = 0;
    std::uint32_t notice_at = never;  // the heap wants to know when so many are left in use
    std::uint32_t made = 0;           // blocks that were ever ready; the memory of the others is untouched
    std::uint32_t capacity = 0;

    void* at(std::size_t number) noexcept { return reinterpret_cast<char*>(this + 1) + number * block_size(index); }
    // False when there are no more.
    bool make_blocks() noexcept {
        const std::uint32_t first = std::exchange(made, std::min(made + blocks_at_once, capacity));
        for (std::uint32_t i = made; i != first; --i) free = ::new (at(i - 1)) block{free};
        return free != nullptr;
    }
};

slab& slab_of(void* p) noexcept { return *reinterpret_cast<slab*>(reinterpret_cast<std::uintptr_t>(p) & ~(slab_size - 1)); }

// The slab in use for a class of which there is none: always full.
constinit slab no_slab;

constexpr std::array<slab*, classes> no_slabs() noexcept {
    std::array<slab*, classes> none{};
    none.fill(&no_slab);
    return none;
}

// Address space for slabs; only what is touched becomes memory.
class slab_space {
public:
    void* take() {
        if (left_ == 0) map_more();
        --left_;
        return std::exchange(next_, next_ + slab_size);
    }
    // Where the kernel will not split a mapping any more, the memory alone goes back.
    static void give_back(slab& empty) noexcept {
        if (::munmap(&empty, slab_size) != 0) ::madvise(&empty, slab_size, MADV_DONTNEED);
    }

private:
    void map_more() {
        // One more, for the alignment.
        void* begin = ::mmap(nullptr, (slabs_at_once + 1) * slab_size, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
        if (begin == MAP_FAILED) throw std::bad_alloc();
        next_ = reinterpret_cast<char*>(&slab_of(static_cast<char*>(begin) + slab_size - 1));
        left_ = slabs_at_once;
    }
    char* next_ = nullptr;
    std::size_t left_ = 0;
};

// What the calling thread needs at once. Constant-initialised, so that reaching it costs no guard check.
struct thread_state {
    std::array<slab*, classes> current = no_slabs();  // where the next block of each class comes from
    heap* own = nullptr;
    std::size_t limit = 0;  // the classes that come from slabs: none before the first block, or with plain malloc
    std::ptrdiff_t in_use = 0;
};
constinit thread_local thread_state local;

// The slabs of a thread; after the thread's end of another one. It lives as long as the process: whoever frees one of its
// blocks, at any time, finds it.
class heap {
public:
    // The calling thread's from now on.
    static void adopt();
    static void leave(void* own) noexcept { static_cast<heap*>(own)->retire(); }

    void* allocate(std::size_t index);
    // From the owner: the slab has come down to its notice_at.
    void notice(slab& s) noexcept;
    // From another thread.
    void give_back(void* p) noexcept {
        block* b = ::new (p) block{returned_.load(std::memory_order_relaxed)};
        while (!returned_.compare_exchange_weak(b->next, b, std::memory_order_release, std::memory_order_relaxed)) {
        }
    }

private:
    void take_returned() noexcept;
    slab& find_slab(std::size_t index);
    slab& new_slab(std::size_t index);
    void set_aside(slab& s) noexcept;
    void retire() noexcept;

    std::array<intrusive_list<slab>, classes> partly_used_;  // the others are full, or current
    intrusive_list<slab> spares_;
    std::size_t spare_count_ = 0;
    slab_space space_;
    heap* next_idle_ = nullptr;
    alignas(cache_line) std::atomic<block*> returned_ = nullptr;
};

constinit std::mutex idle_lock;
constinit heap* idle = nullptr;

void put_in_own(slab& s, void* p) noexcept {
    s.free = ::new (p) block{s.free};
    if (--s.used == s.notice_at) [[unlikely]]
        s.owner->notice(s);
}

void heap::adopt() {
    static const pthread_key_t at_thread_end = [] {
        pthread_key_t key{};
        if (::pthread_key_create(&key, &heap::leave) != 0) throw std::bad_alloc();
        return key;
    }();
    heap* own = nullptr;
    {
        const std::lock_guard guard(idle_lock);
        if (idle != nullptr) own = std::exchange(idle, idle->next_idle_);
    }
    if (own == nullptr) own = new heap;
    ::pthread_setspecific(at_thread_end, own);
    local.own = own;
    local.limit = classes;
}

void heap::retire() noexcept {
    local.limit = 0;
    local.own = nullptr;
    take_returned();
    for (slab*& current : local.current) {
        slab& s = *std::exchange(current, &no_slab);
        if (&s != &no_slab) set_aside(s);
    }
    while (!spares_.empty()) slab_space::give_back(spares_.pop_front());
    spare_count_ = 0;
    const std::lock_guard guard(idle_lock);
    next_idle_ = std::exchange(idle, this);
}

void* heap::allocate(std::size_t index) {
    slab& s = find_slab(index);
    block* b = s.free;
    s.free = b->next;
    ++s.used;
    return b;
}

slab& heap::find_slab(std::size_t index) {
    take_returned();
    slab*& current = local.current[index];
    if (current != &no_slab && (current->free != nullptr || current->make_blocks())) return *current;
    slab& next = partly_used_[index].empty() ? new_slab(index) : partly_used_[index].pop_front();
    if (current != &no_slab) set_aside(*current);
    next.notice_at = slab::never;
    current = &next;
    if (next.free == nullptr) next.make_blocks();
    return next;
}

slab& heap::new_slab(std::size_t index) {
    void* memory = nullptr;
    if (!spares_.empty()) {
        memory = &spares_.pop_front();
        --spare_count_;
    } else {
        memory = space_.take();
    }
    slab& s = *::new (memory) slab;
    s.owner = this;
    s.index = static_cast<std::uint32_t>(index);
    s.capacity = static_cast<std::uint32_t>((slab_size - sizeof(slab)) / block_size(index));
    return s;
}

// No longer current.
void heap::set_aside(slab& s) noexcept {
    if (s.used == s.capacity) {
        s.notice_at = s.capacity - 1;
        return;
    }
    s.notice_at = 0;
    partly_used_[s.index].push_back(s);
    if (s.used == 0) notice(s);
}

void heap::notice(slab& s) noexcept {
    if (s.used != 0) return set_aside(s);  // it was full
    s.unlink();
    if (spare_count_ == most_spares) return slab_space::give_back(s);
    spares_.push_back(s);
    ++spare_count_;
}

void heap::take_returned() noexcept {
    if (returned_.load(std::memory_order_relaxed) == nullptr) return;
    block* b = returned_.exchange(nullptr, std::memory_order_acquire);
    while (b != nullptr) {
        block* next = b->next;
        put_in_own(slab_of(b), b);
        b = next;
    }
}

bool plain_malloc() noexcept {
    static const bool plain = [] {
        if (const char* wanted = std::getenv("GYRE_PLAIN_MALLOC")) return std::strcmp(wanted, "0") != 0;
        return __asan_init != nullptr || __tsan_init != nullptr;
    }();
    return plain;
}

void* allocate_slowly(std::size_t size) {
    void* p = nullptr;
    if (class_of(size) < classes && !plain_malloc()) {
        if (local.own == nullptr) heap::adopt();
        p = local.own->allocate(class_of(size));
    } else if (p = std::malloc(size); p == nullptr) {
        throw std::bad_alloc();
    }
    local.in_use += static_cast<std::ptrdiff_t>(size);
    return p;
}

void free_slowly(void* p, std::size_t size) noexcept {
    if (class_of(size) >= classes || plain_malloc()) return std::free(p);
    slab_of(p).owner->give_back(p);
}

}  // namespace

void* allocate_frame(std::size_t size) {
    thread_state& thread = local;
    const std::size_t index = class_of(size);
    if (index >= classes) [[unlikely]]
        return allocate_slowly(size);
    slab& s = *thread.current[index];
    block* b = s.free;
    if (b == nullptr) [[unlikely]]
        return allocate_slowly(size);
    s.free = b->next;
    ++s.used;
    thread.in_use += static_cast<std::ptrdiff_t>(size);
    return b;
}

void free_frame(void* p, std::size_t size) noexcept {
    thread_state& thread = local;
    thread.in_use -= static_cast<std::ptrdiff_t>(size);
    if (class_of(size) >= thread.limit) [[unlikely]]
        return free_slowly(p, size);
    slab& s = slab_of(p);
    if (s.owner != thread.own) [[unlikely]]
        return s.owner->give_back(p);
    put_in_own(s, p);
}

std::ptrdiff_t frame_bytes_in_use() noexcept { return local.in_use; }

}  // namespace gyre::detail
