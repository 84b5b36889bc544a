#include <gyre/runtime/coroutine/errors.hpp>
#include <gyre/runtime/sync/as_written.hpp>
#include <gyre/runtime/sync/queue_state.hpp>

#include <algorithm>
#include <string>

namespace gyre::detail {

queue_state::queue_state(std::size_t max_size) : max_size_(max_size) {
    if (max_size > static_cast<std::size_t>(-1) / 2)
        throw invalid_state_error("gyre: a queue with a negative size (" + as_written(max_size) +
                                  "); give the number of items it may hold, or 0 for no bound");
}

void queue_state::task_done() {
    if (unfinished_ == 0)
        throw invalid_state_error(
            "gyre: queue.task_done() was called more often than items were put; call it once for each item that was got");
    if (unfinished_ == 1) finished_.open("queue.task_done()");
    --unfinished_;
}

void queue_state::turn_away() {
    require_own_thread("queue.shutdown()");
    shut_down_ = true;
    putters_.refuse_all();
    getters_.refuse_all();
}

void queue_state::count_dropped(std::size_t items) {
    unfinished_ -= std::min(items, unfinished_);
    if (unfinished_ == 0) finished_.open("queue.shutdown()");
}

void queue_state::throw_shut_down() { throw queue_shut_down(); }
void queue_state::throw_empty() const {
    if (shut_down_) throw queue_shut_down();
    throw queue_empty();
}
void queue_state::throw_full() const {
    if (shut_down_) throw queue_shut_down();
    throw queue_full();
}

}  // namespace gyre::detail
