#include <gyre/runtime/coroutine/errors.hpp>
#include <gyre/runtime/coroutine/scheduler.hpp>

namespace gyre::detail {
namespace {
constinit thread_local scheduler* current = nullptr;
}

scheduler* current_scheduler() noexcept { return current; }
void set_current_scheduler(scheduler* s) noexcept { current = s; }

scheduler& require_scheduler(const char* what) {
    if (current == nullptr)
        throw invalid_state_error(std::string("gyre: ") + what +
                                  " needs a running event loop in this thread; call it from a task, under gyre::run() or "
                                  "event_loop::run_until_complete()");
    return *current;
}

}  // namespace gyre::detail
