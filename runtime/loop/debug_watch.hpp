#pragma once
#include <gyre/runtime/coroutine/await_place.hpp>
#include <gyre/runtime/coroutine/branch.hpp>
#include <gyre/runtime/coroutine/chrono.hpp>
#include <gyre/runtime/loop/loop_options.hpp>

#include <cstdint>
#include <string>
#include <typeinfo>
#include <unordered_set>

namespace gyre::detail {

// What a loop looks at in debug mode only.
class debug_watch {
public:
    // Reports the seed, when the schedule is shuffled.
    explicit debug_watch(const loop_options& options);

    // By which the ready tasks of the next turn are shuffled; null: they are not.
    std::uint64_t* random() noexcept { return shuffle_ ? &random_ : nullptr; }

    // Lives as long as one step of a task or callback.
    class step;
    // The place that the task, which runs now, went on from.
    await_place resumed_at(const branch& running) const noexcept;

    void keep_error(future_core& failed) { failed_.insert(&failed); }
    void drop_error(future_core& failed) noexcept { failed_.erase(&failed); }
    // What the loop finds when it closes: a task that has not ended, errors that nobody has asked for.
    static void report_leftover(branch& task);
    void report_unretrieved();

private:
    duration slow_step_;
    bool shuffle_ = false;
    std::uint64_t random_ = 0;
    const step* step_ = nullptr;  // the one that runs
    std::unordered_set<future_core*> failed_;
};

class debug_watch::step {
public:
    step(debug_watch& watch, runnable& item) noexcept;
    step(const step&) = delete;
    // Reports it when it was slow.
    ~step();

private:
    friend debug_watch;
    void report(duration took) const;

    debug_watch& watch_;
    core_ref<branch> task_;                     // null for a callback
    const std::type_info* callback_ = nullptr;  // of its function
    await_place from_;
    std::chrono::steady_clock::time_point begin_;
};

}  // namespace gyre::detail
