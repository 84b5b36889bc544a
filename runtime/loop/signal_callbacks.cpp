#include <gyre/runtime/coroutine/handle.hpp>
#include <gyre/runtime/loop/signal_callbacks.hpp>

#include <span>

namespace gyre::detail {
namespace {

constexpr char kind_of_signal_callbacks = 0;

}  // namespace

signal_callback::signal_callback(loop_state& loop, int number, std::function<void()> fn)
    : loop_(loop), fn_(std::make_shared<std::function<void()>>(std::move(fn))) {
    listen(std::span<const int>(&number, 1), "add_signal_handler()");
    bind(loop);
}

void signal_callback::signalled() noexcept {
    take();
    try {
        const core_ref<callback> call(new callback(loop_, [fn = std::weak_ptr(fn_)] {
            if (const auto alive = fn.lock()) (*alive)();
        }));
        call->schedule();
    } catch (...) {
        loop_.report("a signal handler could not be called", std::current_exception(), nullptr);
    }
}

signal_callbacks* signal_callbacks::find(loop_state& loop) noexcept {
    return static_cast<signal_callbacks*>(loop.find_service(&kind_of_signal_callbacks));
}

signal_callbacks& signal_callbacks::of(loop_state& loop) {
    if (signal_callbacks* const made = find(loop)) return *made;
    auto* const made = new signal_callbacks();
    loop.add_service(*made);
    return *made;
}

const void* signal_callbacks::kind() const noexcept { return &kind_of_signal_callbacks; }

void signal_callbacks::set(loop_state& loop, int number, std::function<void()> fn) {
    // The old one goes when the new one is in place: between them the signal would have its former action.
    by_number_[number] = std::make_unique<signal_callback>(loop, number, std::move(fn));
}

}  // namespace gyre::detail
