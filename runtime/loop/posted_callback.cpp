#include <gyre/runtime/loop/posted_callback.hpp>

#include <atomic>
#include <cstdint>
#include <cstdlib>
#include <mutex>
#include <new>
#include <utility>

namespace gyre::detail {
namespace {

constexpr std::size_t parcel_size = 8 * 1024;
constexpr std::size_t most_spares = 64;

// It lies at a multiple of its size, so that a block's address tells its parcel.
struct alignas(64) parcel {
    std::atomic<std::uint32_t> left;  // blocks that are in use, or will be
    parcel* next_spare = nullptr;

    static parcel& of(void* block) noexcept {
        return *reinterpret_cast<parcel*>(reinterpret_cast<std::uintptr_t>(block) & ~(parcel_size - 1));
    }
    void* at(std::size_t number) noexcept { return reinterpret_cast<char*>(this + 1) + number * sizeof(posted_callback); }
};
constexpr std::uint32_t blocks = (parcel_size - sizeof(parcel)) / sizeof(posted_callback);

constinit std::mutex spares_lock;
constinit parcel* spares = nullptr;
constinit std::size_t spare_count = 0;

parcel& take_parcel() {
    parcel* taken = nullptr;
    {
        const std::lock_guard guard(spares_lock);
        if (spares != nullptr) {
            taken = std::exchange(spares, spares->next_spare);
            --spare_count;
        }
    }
    if (taken == nullptr) {
        void* const memory = std::aligned_alloc(parcel_size, parcel_size);
        if (memory == nullptr) throw std::bad_alloc();
        taken = ::new (memory) parcel;
    }
    taken->left.store(blocks, std::memory_order_relaxed);
    return *taken;
}

void let_go(parcel& p, std::uint32_t freed) noexcept {
    if (p.left.fetch_sub(freed, std::memory_order_acq_rel) != freed) return;
    {
        const std::lock_guard guard(spares_lock);
        if (spare_count != most_spares) {
            p.next_spare = std::exchange(spares, &p);
            ++spare_count;
            return;
        }
    }
    std::free(&p);
}

// What the calling thread cuts. Constant-initialised, so that reaching it costs no guard check.
struct cutting {
    parcel* from = nullptr;
    std::uint32_t cut = blocks;
};
constinit thread_local cutting mine;

// Lets go of what the thread has not cut when it ends.
struct thread_end {
    ~thread_end() {
        if (mine.cut != blocks) let_go(*mine.from, blocks - std::exchange(mine.cut, blocks));
    }
};

void start_parcel() {
    thread_local thread_end at_end;
    static_cast<void>(at_end);
    mine.from = &take_parcel();
    mine.cut = 0;
}

}  // namespace

void* posted_callback::operator new(std::size_t) {
    if (mine.cut == blocks) [[unlikely]]
        start_parcel();
    return mine.from->at(mine.cut++);
}

void posted_callback::operator delete(void* block) noexcept { let_go(parcel::of(block), 1); }

}  // namespace gyre::detail
