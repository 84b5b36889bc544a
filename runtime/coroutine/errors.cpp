#include <gyre/runtime/coroutine/errors.hpp>

namespace gyre {

const char* cancelled_error::what() const noexcept { return "gyre: the task was cancelled"; }

timeout_error::timeout_error() : std::runtime_error("gyre: the time limit passed") {}
timeout_error::timeout_error(const std::string& message) : std::runtime_error(message) {}

broken_promise_error::broken_promise_error()
    : std::logic_error("gyre: the promise was destroyed before it was set; keep it alive until set_value or set_exception") {}

queue_empty::queue_empty() : std::runtime_error("gyre: the queue is empty; co_await get() to wait for an item") {}
queue_full::queue_full() : std::runtime_error("gyre: the queue is full; co_await put() to wait for room") {}
queue_shut_down::queue_shut_down() : std::runtime_error("gyre: the queue has been shut down") {}
broken_barrier_error::broken_barrier_error()
    : std::runtime_error("gyre: the barrier is broken: it was aborted or reset while tasks waited") {}
channel_closed::channel_closed() : std::runtime_error("gyre: the channel's other end is closed") {}

}  // namespace gyre
