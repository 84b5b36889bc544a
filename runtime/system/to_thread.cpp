#include <gyre/runtime/system/to_thread.hpp>
#include <gyre/runtime/system/worker_pool.hpp>

#include <algorithm>
#include <thread>

namespace gyre::detail {

const std::shared_ptr<worker_pool>& default_pool() {
    // Its threads end with the process, which they must not find half destroyed.
    static const auto& pool = *new std::shared_ptr<worker_pool>(std::make_shared<worker_pool>(
        "gyre-thread", std::min<std::size_t>(32, std::thread::hardware_concurrency() + 4), worker_pool::idle_rule::end_unjoined));
    return pool;
}

}  // namespace gyre::detail
