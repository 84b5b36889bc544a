#include <gyre/runtime/loop/inbox.hpp>

#include <thread>

namespace gyre::detail {

// They are a few instructions from the end of their post.
void inbox::wait_for_users_elsewhere() const noexcept {
    while (users_elsewhere_.load(std::memory_order_acquire) != 0) std::this_thread::yield();
}

}  // namespace gyre::detail
