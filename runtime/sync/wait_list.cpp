#include <gyre/runtime/coroutine/errors.hpp>
#include <gyre/runtime/coroutine/exceptions.hpp>
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
    throw invalid_state_error(
        "gyre: " + std::string(w.what()) +
        ": this object belongs to another event loop, whose tasks hold it or have waited on it before; use one for each loop, "
        "and pass results over with submit_to() or call_soon_threadsafe()");
}

void report_failed_release() noexcept {
    scheduler* const here = current_scheduler();
    const std::exception_ptr error = std::current_exception();
    if (here != nullptr) return here->report("a guard could not give back what it holds", error, nullptr);
    std::fprintf(stderr, "gyre: a guard could not give back what it holds: %s\n", describe(error).c_str());
}

void home_loop::require_own_thread(const char* what) const {
    const scheduler* const here = current_scheduler();
    if (here == loop_) return;
    if (here == nullptr && !loop_->runs_elsewhere()) return;
    throw invalid_state_error(std::string("gyre: ") + what +
                              ": the tasks that wait on this object belong to an event loop that does not run in this thread; call it "
                              "there, through submit_to() or call_soon_threadsafe()");
}

}  // namespace gyre::detail
