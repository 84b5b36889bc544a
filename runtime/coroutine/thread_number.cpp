#include <gyre/runtime/coroutine/thread_number.hpp>

#include <atomic>

namespace gyre::detail {

std::uint64_t this_thread_number() noexcept {
    static constinit std::atomic<std::uint64_t> last = 0;
    constinit static thread_local std::uint64_t mine = 0;
    if (mine == 0) [[unlikely]]
        mine = last.fetch_add(1, std::memory_order_relaxed) + 1;
    return mine;
}

}  // namespace gyre::detail
