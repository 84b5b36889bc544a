#include <gyre/runtime/coroutine/debug_report.hpp>
#include <gyre/runtime/coroutine/exceptions.hpp>
#include <gyre/runtime/coroutine/handler_slot.hpp>
#include <gyre/runtime/coroutine/never_awaited.hpp>
#include <gyre/runtime/coroutine/task.hpp>

#include <cstdio>
#include <functional>
#include <string>

namespace gyre::detail {
namespace {

handler_slot<std::string>& handler() {
    static handler_slot<std::string> installed;
    return installed;
}

bool wanted() noexcept {
    static const bool by_environment = debug_by_environment();
    const scheduler* s = current_scheduler();
    return by_environment || handler().get() || (s != nullptr && s->debug());
}

void report_never_awaited(const promise_base& promise) noexcept {
    try {
        const std::source_location& at = promise.created_;
        std::string report = "coroutine " + std::string(function_name(at)) + " at " + at.file_name() + ":" + std::to_string(at.line()) +
                             " was never awaited";
        if (const auto told = handler().get())
            (*told)(report);
        else
            send_report(debug::report_kind::never_awaited, std::move(report));
    } catch (...) {
        std::fputs("gyre: a coroutine was never awaited, and reporting it failed\n", stderr);
    }
}

}  // namespace

void set_never_awaited_handler(std::function<void(const std::string&)> fn) { handler().set(std::move(fn)); }

void destroy_unstarted(std::coroutine_handle<> coroutine, const promise_base& promise) noexcept {
    if (wanted()) report_never_awaited(promise);
    coroutine.destroy();
}

void throw_empty_task(std::string_view what) {
    throw invalid_state_error(
        "gyre: the task given to " + std::string(what) +
        " is empty: it was moved from, awaited or spawned before; a task runs once, call the function again for another");
}

}  // namespace gyre::detail
