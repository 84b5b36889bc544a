#include <gyre/runtime/coroutine/debug_report.hpp>
#include <gyre/runtime/coroutine/exceptions.hpp>
#include <gyre/runtime/coroutine/handle.hpp>
#include <gyre/runtime/loop/debug_watch.hpp>

#include <cstdlib>
#include <optional>
#include <random>

namespace gyre::detail {
namespace {

// GYRE_DEBUG_SEED; 0 keeps the schedule as it is.
std::optional<std::uint64_t> seed_by_environment() {
    const char* text = std::getenv("GYRE_DEBUG_SEED");
    if (text == nullptr || *text == '\0') return std::nullopt;
    return std::strtoull(text, nullptr, 10);
}

std::uint64_t seed_for(const loop_options& options) {
    if (!options.shuffle) return 0;
    if (options.seed != 0) return options.seed;
    if (const auto given = seed_by_environment()) return *given;
    return std::random_device()() | 1u;
}

// The place that a task which stands still goes on from.
await_place place_of(const branch& b) noexcept { return b.leaf() != nullptr ? place_of(*b.leaf()) : await_place{b.created(), b.created()}; }

}  // namespace

debug_watch::debug_watch(const loop_options& options) : slow_step_(options.slow_step), random_(seed_for(options)) {
    shuffle_ = random_ != 0;
    if (!shuffle_) return;
    const std::string seed = std::to_string(random_);
    send_report(debug::report_kind::shuffled, "tasks that are ready together run in an order by seed " + seed +
                                                  "; GYRE_DEBUG_SEED=" + seed + " repeats it, 0 keeps them in line");
}

await_place debug_watch::resumed_at(const branch& running) const noexcept {
    const bool known = step_ != nullptr && step_->task_.get() == &running;
    return known ? step_->from_ : await_place{running.created(), running.created()};
}

void debug_watch::report_leftover(branch& task) {
    std::string where;
    if (task.leaf() != nullptr) where = " in " + describe(await_places(task.leaf()));
    send_report(debug::report_kind::leftover,
                "the task '" + task.name() + "' had not ended when its loop closed, and was cancelled" + where +
                    "; await it, or cancel it, before the main task ends",
                &task);
}

void debug_watch::report_unretrieved() {
    for (future_core* failed : failed_) {
        if (failed->error_was_retrieved()) continue;
        send_report(debug::report_kind::leftover,
                    "the error of '" + failed->name() + "' had not been retrieved when its loop closed: " + describe(failed->held_error()) +
                        failed->owner().error_stack_text(failed->held_error()),
                    failed);
    }
}

debug_watch::step::step(debug_watch& watch, runnable& item) noexcept : watch_(watch), begin_(std::chrono::steady_clock::now()) {
    if (auto* task = dynamic_cast<branch*>(&item)) {
        task_ = core_ref<branch>::share(*task);
        from_ = place_of(*task);
    } else if (auto* function = dynamic_cast<callback*>(&item)) {
        callback_ = &function->function_type();
    }
    watch_.step_ = this;
}

debug_watch::step::~step() {
    watch_.step_ = nullptr;
    const duration took = std::chrono::steady_clock::now() - begin_;
    if (took <= watch_.slow_step_) return;
    try {
        report(took);
    } catch (...) {  // no memory for the report
    }
}

void debug_watch::step::report(duration took) const {
    std::string who = callback_ != nullptr ? "a callback (" + readable_name(*callback_) + ")" : "a callback";
    std::string path;
    if (task_) {
        who = "the task '" + task_->name() + "'";
        path = ", from " + describe(from_) + " to " + (task_->done() ? "its end" : describe(place_of(*task_)));
    }
    const auto ms = std::chrono::duration_cast<std::chrono::milliseconds>(took).count();
    send_report(debug::report_kind::slow_step,
                who + " kept the loop busy for " + std::to_string(ms) + " ms" + path +
                    "; hand long work to to_thread(), or co_await yield() within it",
                task_.get());
}

}  // namespace gyre::detail
