#include <gyre/runtime/coroutine/errors.hpp>
#include <gyre/runtime/coroutine/scheduler.hpp>
#include <gyre/runtime/system/thread_channel.hpp>

#include <string>

namespace gyre::detail {

void require_plain_thread(const char* what, const char* instead) {
    if (current_scheduler() == nullptr) return;
    throw invalid_state_error(std::string("gyre: ") + what + " would block the event loop that runs in this thread; co_await " + instead +
                              " instead");
}

}  // namespace gyre::detail
