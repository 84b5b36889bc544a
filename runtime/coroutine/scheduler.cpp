#include <gyre/runtime/coroutine/branch.hpp>
#include <gyre/runtime/coroutine/error_traces.hpp>
#include <gyre/runtime/coroutine/errors.hpp>
#include <gyre/runtime/coroutine/exceptions.hpp>
#include <gyre/runtime/coroutine/scheduler.hpp>
#include <gyre/runtime/coroutine/thread_number.hpp>

#include <algorithm>
#include <utility>
#include <vector>

namespace gyre::detail {
namespace {
constinit thread_local scheduler* current = nullptr;

// How many others a shuffled task overtakes at most, so that a long queue is shuffled in linear time.
constexpr std::size_t furthest_move = 256;

// splitmix64
std::uint64_t next_random(std::uint64_t& state) noexcept {
    std::uint64_t z = (state += 0x9e3779b97f4a7c15u);
    z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9u;
    z = (z ^ (z >> 27)) * 0x94d049bb133111ebu;
    return z ^ (z >> 31);
}

}  // namespace

// What was locked under one loop and never unlocked is not to be taken for a lock of the next one's tasks.
scheduler::scheduler() noexcept {
    static constinit std::atomic<std::uint32_t> loops = 0;
    last_task_number_ = loops.fetch_add(1, std::memory_order_relaxed) << 20;
}
scheduler::~scheduler() = default;

scheduler* current_scheduler() noexcept { return current; }
void set_current_scheduler(scheduler* s) noexcept { current = s; }

std::size_t scheduler::run_turn_watched(std::size_t limit) noexcept {
    const runnable* const last = ready_.last();
    std::size_t ran = 0;
    while (!ready_.empty() && ran < limit) {
        runnable& item = ready_.pop();
        hops_ = hop_budget;
        ++ran;
        run_watched(item);
        if (&item == last) break;
    }
    steps_ += ran;
    return ran;
}

void scheduler::shuffle_ready(std::uint64_t& random) {
    std::vector<runnable*> queue;
    std::vector<std::size_t> places;
    std::vector<branch*> tasks;
    while (!ready_.empty()) {
        runnable& item = ready_.pop();
        if (auto* task = dynamic_cast<branch*>(&item)) {
            // One that yields has let all before it go first; those behind it may do so too.
            const std::size_t end = tasks.size();
            const std::size_t back = task->waiting_on() != nullptr ? 0 : next_random(random) % (std::min(end, furthest_move) + 1);
            tasks.insert(tasks.end() - static_cast<std::ptrdiff_t>(back), task);
            places.push_back(queue.size());
        }
        queue.push_back(&item);
    }
    for (std::size_t i = 0; i < places.size(); ++i) queue[places[i]] = tasks[i];
    for (runnable* item : queue) ready_.push(*item);
}

void scheduler::note_error(const promise_base& coroutine, const std::exception_ptr& error) noexcept {
    if (is_cancelled(error)) return;  // every cancelled task throws one, and nobody reports it
    try {
        if (error_traces_ == nullptr) error_traces_ = std::make_unique<error_traces>();
        error_traces_->leaves(coroutine, error);
    } catch (...) {  // no memory for a trace: the error goes its way without
    }
}

void scheduler::keep_error(future_core& failed) noexcept {
    try {
        if (error_traces_ == nullptr) error_traces_ = std::make_unique<error_traces>();
        error_traces_->keep(failed.held_error());
    } catch (...) {  // no memory for a trace
    }
}

void scheduler::sweep_error_traces(bool idle) { error_traces_->sweep(idle); }

void scheduler::drop_error(future_core& failed) noexcept {
    if (error_traces_ != nullptr) error_traces_->drop(failed.held_error());
}

const std::vector<await_place>& scheduler::error_stack(const std::exception_ptr& error) const noexcept {
    static const std::vector<await_place> none;
    return error_traces_ == nullptr ? none : error_traces_->stack(error);
}

std::string scheduler::error_stack_text(const std::exception_ptr& error) const {
    const std::vector<await_place>& stack = error_stack(error);
    return stack.empty() ? std::string() : " [async stack: " + describe(stack) + "]";
}

void scheduler::enter_thread() noexcept { thread_.store(this_thread_number(), std::memory_order_relaxed); }

bool scheduler::runs_elsewhere() const noexcept {
    const std::uint64_t where = thread_.load(std::memory_order_relaxed);
    return where != 0 && where != this_thread_number();
}

void scheduler::refuse_foreign_thread(const char* what) {
    throw invalid_state_error(
        std::string("gyre: ") + what +
        ": the event loop runs in another thread, whose alone this is; use call_soon_threadsafe(), spawn_threadsafe() "
        "or submit_to() from here");
}

scheduler& require_scheduler(const char* what) {
    if (current == nullptr)
        throw invalid_state_error(std::string("gyre: ") + what +
                                  " needs a running event loop in this thread; call it from a task, under gyre::run() or "
                                  "event_loop::run_until_complete()");
    return *current;
}

}  // namespace gyre::detail
