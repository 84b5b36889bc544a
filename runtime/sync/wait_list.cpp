#include <gyre/runtime/coroutine/errors.hpp>
#include <gyre/runtime/sync/wait_list.hpp>

#include <cstdio>
#include <string>

namespace gyre::detail {

std::string describe_waiting(std::string_view what, const void* on) {
    char address[32];
    std::snprintf(address, sizeof address, " (%p)", on);
    return std::string(what) + address;
}

void wait_list::abandon() noexcept {
    while (!empty()) {
        waiter& w = waiters_.pop_front();
        branch& b = w.waiting_branch();
        if (b.owner().debug()) {
            try {
                b.owner().report(
                    "the object of " + std::string(w.what()) + " was destroyed while the task '" + b.name() +
                        "' waits on it, which now ends by a cancel only; let the object live until the tasks that use it have ended",
                    nullptr, &b);
            } catch (...) {  // no memory for the report
            }
        }
        w.orphaned();
    }
}

void home_loop::refuse_foreign_task(const waiter& w) {
    throw invalid_state_error("gyre: " + std::string(w.what()) +
                              ": this object belongs to another event loop, whose tasks have waited on it before; use one for each loop, "
                              "and pass results over with submit_to() or call_soon_threadsafe()");
}

void home_loop::require_own_thread(const char* what) const {
    const scheduler* const here = current_scheduler();
    if (here == nullptr || here == loop_) return;
    throw invalid_state_error(
        std::string("gyre: ") + what +
        ": the tasks that wait on this object belong to another event loop than the one that runs in this thread; call it "
        "there, through submit_to() or call_soon_threadsafe()");
}

}  // namespace gyre::detail
