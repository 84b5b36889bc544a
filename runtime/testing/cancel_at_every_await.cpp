#include <gyre/runtime/debug/dump_tasks.hpp>
#include <gyre/runtime/loop/event_loop.hpp>
#include <gyre/runtime/loop/loop_state.hpp>
#include <gyre/runtime/testing/cancel_at_every_await.hpp>

#include <stdexcept>
#include <string>

namespace gyre::testing {
namespace {

constexpr std::size_t patience = 100'000;

// True when the run was cancelled before it was done.
bool run_once(const std::function<task<>()>& script, std::size_t turns, const loop_options& options) {
    event_loop loop(options);
    detail::loop_state& state = loop.state();
    future<> run = loop.spawn(script(), "script");
    bool cancelled = false;
    {
        const detail::running_scope running(state);
        const detail::stop_when_done stopper(state, run.core());
        for (std::size_t i = 0; i < turns && !run.done(); ++i) state.tick(true, detail::loop_state::turns::one);
        cancelled = run.cancel();
        for (std::size_t i = 0; i < patience && !run.done(); ++i) state.tick(true);
        if (!run.done())
            throw std::runtime_error("gyre: cancelled after turn " + std::to_string(turns) + ", the script does not end:\n" +
                                     debug::dump_tasks());
        state.take_stop();
    }
    loop.close();
    if (!run.cancelled() && run.exception()) std::rethrow_exception(run.exception());
    return cancelled;
}

}  // namespace

std::size_t cancel_at_every_await(const std::function<task<>()>& script, const std::function<void()>& after_each, loop_options options) {
    std::size_t runs = 0;
    while (run_once(script, runs, options)) {
        ++runs;
        if (after_each) after_each();
    }
    if (after_each) after_each();
    return runs;
}

}  // namespace gyre::testing
