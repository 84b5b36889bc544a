#include <gyre/runtime/system/thread_pool.hpp>
#include <gyre/runtime/system/worker_pool.hpp>

#include <algorithm>
#include <thread>

namespace gyre {

thread_pool::thread_pool(std::size_t threads)
    : workers_(std::make_shared<detail::worker_pool>("gyre-pool",
                                                     threads != 0 ? threads : std::max<std::size_t>(1, std::thread::hardware_concurrency()),
                                                     detail::worker_pool::idle_rule::stay)) {}

thread_pool::~thread_pool() { workers_->shut_down(); }

std::size_t thread_pool::size() const noexcept { return workers_->limit(); }

}  // namespace gyre
