#include <gyre/runtime/coroutine/debug_report.hpp>
#include <gyre/runtime/coroutine/handler_slot.hpp>

#include <cstdio>
#include <cstdlib>

namespace gyre::detail {
namespace {

handler_slot<debug::report>& handler() {
    static handler_slot<debug::report> installed;
    return installed;
}

}  // namespace

bool debug_by_environment() noexcept {
    const char* value = std::getenv("GYRE_DEBUG");
    return value != nullptr && *value != '\0' && *value != '0';
}

void set_report_handler(std::function<void(const debug::report&)> fn) { handler().set(std::move(fn)); }

void send_report(debug::report_kind kind, std::string message, future_core* task) noexcept {
    debug::report r;
    r.kind = kind;
    r.message = std::move(message);
    if (task != nullptr) r.task = any_future(core_ref<future_core>::share(*task));
    try {
        if (const auto told = handler().get()) return (*told)(r);
    } catch (...) {
        std::fputs("gyre: the handler of debug reports failed on this one:\n", stderr);
    }
    std::fprintf(stderr, "gyre: debug: %s\n", r.message.c_str());
}

}  // namespace gyre::detail
