#include <gyre/runtime/coroutine/debug_report.hpp>

#include <cstdio>
#include <cstdlib>

namespace gyre::detail {
namespace {

std::function<void(const debug::report&)>& handler() {
    static std::function<void(const debug::report&)> installed;
    return installed;
}

}  // namespace

bool debug_by_environment() noexcept {
    const char* value = std::getenv("GYRE_DEBUG");
    return value != nullptr && *value != '\0' && *value != '0';
}

void set_report_handler(std::function<void(const debug::report&)> fn) { handler() = std::move(fn); }

void send_report(debug::report_kind kind, std::string message, future_core* task) noexcept {
    debug::report r;
    r.kind = kind;
    r.message = std::move(message);
    if (task != nullptr) r.task = any_future(core_ref<future_core>::share(*task));
    try {
        if (handler()) return handler()(r);
    } catch (...) {
        std::fputs("gyre: the handler of debug reports failed on this one:\n", stderr);
    }
    std::fprintf(stderr, "gyre: debug: %s\n", r.message.c_str());
}

}  // namespace gyre::detail
