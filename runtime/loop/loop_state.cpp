#include <gyre/runtime/coroutine/any_future.hpp>
#include <gyre/runtime/coroutine/branch.hpp>
#include <gyre/runtime/coroutine/debug_report.hpp>
#include <gyre/runtime/coroutine/errors.hpp>
#include <gyre/runtime/coroutine/exceptions.hpp>
#include <gyre/runtime/loop/debug_watch.hpp>
#include <gyre/runtime/loop/event_loop.hpp>
#include <gyre/runtime/loop/loop_state.hpp>

#include <algorithm>
#include <cstdio>

namespace gyre::detail {
namespace {

// A turn lets the kernel have its say after so many steps, however many more are ready.
constexpr std::size_t steps_per_tick = 1024;
// Of what other threads have posted a turn runs so much: who is woken by I/O or a timer waits for no more than that.
constexpr std::size_t posts_per_tick = 256;
// While something is always ready, clock and kernel are looked at once in so many steps.
constexpr std::size_t steps_between_visits = 16;
// Under virtual time a task may wait for I/O beside others that wait for time: the clock jumps when the I/O has been
// silent for so long. Once it has, it stays silent until a task starts more of it.
constexpr std::chrono::milliseconds silence_before_jump(20);

void print(const unhandled_error& e) noexcept {
    const std::string cause = e.exception ? ": " + describe(e.exception) : std::string();
    std::fprintf(stderr, "gyre: %s%s\n", e.message.c_str(), cause.c_str());
}

}  // namespace

loop_state::loop_state(event_loop& owner, loop_options options)
    : owner_(&owner), options_(std::move(options)), virtual_time_(options_.virtual_time), virtual_now_(std::chrono::steady_clock::now()) {
    debug_ = options_.debug || debug_by_environment();
    if (debug_) watch_ = std::make_unique<debug_watch>(options_);
    io_ = make_backend(options_.backend);
    backend_name_ = io_->name();
}

loop_state::~loop_state() = default;

void loop_state::tick(bool may_wait, turns how_many) {
    take_inbox();
    ++ticks_;
    if (how_many == turns::one) last_turn_ = true;
    const auto another_turn = [this](std::size_t ran) {
        if (idle()) release_posts(posts_per_tick);
        if (idle() || last_turn_ || ran >= steps_between_visits) return false;
        ++ticks_;
        return true;
    };
    if (debug_) [[unlikely]]
        run_ready_watched(another_turn);
    else
        run_ready(steps_per_tick, another_turn);
    last_turn_ = false;
    if (has_error_traces()) [[unlikely]]
        sweep_error_traces(idle());
    if (interrupted_.load(std::memory_order_relaxed)) tell_signal_listeners();
    if (!timers_.empty()) timers_.fire(now());
    visit_kernel(may_wait);
}

template <class AnotherTurn>
void loop_state::run_ready_watched(AnotherTurn another_turn) {
    std::size_t ran = 0;
    do {
        if (std::uint64_t* random = watch_->random()) shuffle_ready(*random);
        ran += run_turn_watched(steps_per_tick);
    } while (another_turn(ran));
}

void loop_state::run_watched(runnable& item) noexcept {
    const debug_watch::step step(*watch_, item);
    run_now(item);
}

void loop_state::take_inbox() noexcept {
    inbox_.take([this](runnable& item) { posted_.push(item); });
    release_posts(posts_per_tick);
}

void loop_state::release_posts(std::size_t most) noexcept {
    for (; most != 0 && !posted_.empty(); --most) push(posted_.pop());
}

void loop_state::seal_inbox() noexcept {
    inbox_.seal([this](runnable& item) { posted_.push(item); });
    release_posts(static_cast<std::size_t>(-1));
}

void loop_state::visit_kernel(bool may_wait) {
    const bool all_closed = closing_ && roots.empty();
    if (!may_wait || !idle() || stopping_ || all_closed) {
        if (io_->wants_poll()) io_->poll(std::chrono::nanoseconds::zero());
        return;
    }
    if (virtual_time_ && !timers_.empty()) return wait_virtually();
    if (inbox_.try_sleep()) {
        io_->poll(time_to_wait());
        inbox_.awake();
        ++wakeups_;
    }
}

std::optional<loop_state::duration> loop_state::time_to_wait() const noexcept {
    if (timers_.empty()) return std::nullopt;
    // Only a deadline ahead is subtracted from: one far in the past is further off than a duration can tell.
    const time_point start = now();
    return timers_.next_deadline() <= start ? duration::zero() : duration(timers_.next_deadline() - start);
}

void loop_state::wait_virtually() {
    const bool others = outside_work_ != 0;
    if (others || io_->in_flight() != 0 || io_->wants_poll()) {
        if (!inbox_.try_sleep()) return;
        const bool silent = silent_since_ == operations_ && !others;
        io_->poll(others ? std::optional<duration>() : silent ? duration::zero() : silence_before_jump);
        inbox_.awake();
        ++wakeups_;
        silent_since_ = operations_;
        if (others || !idle() || !inbox_.empty()) {
            silent_since_ = not_silent;
            return;
        }
    } else if (!inbox_.empty()) {
        return;
    }
    virtual_now_ = std::max(virtual_now_, timers_.next_deadline());
    timers_.fire(virtual_now_);
}

std::optional<loop_state::duration> loop_state::next_timeout() const {
    if (!idle() || !inbox_.empty() || io_->wants_poll() || interrupted_.load(std::memory_order_relaxed)) return duration::zero();
    if (virtual_time_ && !timers_.empty() && io_->in_flight() == 0 && outside_work_ == 0) return duration::zero();
    return time_to_wait();
}

void loop_state::prepare_outside_wait() noexcept {
    // The host sleeps for us now: a post has to wake it through the fd.
    if (!inbox_.try_sleep()) io_->wake();
}

loop_state::time_point loop_state::deadline_after(duration delay) const noexcept {
    return saturated_sum(now(), std::max(delay, duration::zero()));
}

void loop_state::post(runnable& item) {
    if (!try_post(item))
        throw invalid_state_error("gyre: the event loop is closed and runs nothing any more; stop posting to it before close()");
}

bool loop_state::try_post(runnable& item) noexcept {
    return inbox_.post(item, [this] { io_->wake(); });
}

void loop_state::post_expected(runnable& item) noexcept {
    inbox_.post_expected(item, [this] { io_->wake(); });
}

void loop_state::interrupt() noexcept {
    interrupted_.store(true, std::memory_order_release);
    io_->wake();
}

void loop_state::tell_signal_listeners() noexcept {
    interrupted_.exchange(false, std::memory_order_acquire);
    for (signal_listener& listener : signal_listeners_)
        if (listener.has_pending()) listener.signalled();
}

void loop_state::close() {
    closing_ = true;
    if (debug_)
        for (branch& task : roots) debug_watch::report_leftover(task);
    while (!roots.empty()) {
        cancel_new_roots();
        stopping_ = false;       // a clean-up that stops the loop is waited for all the same
        tick(true, turns::one);  // what a turn spawned is cancelled before the next one starts it
    }
    if (debug_) watch_->report_unretrieved();
    mark_closed();
    seal_inbox();
    let_go();
    while (!services_.empty()) services_.pop_front().loop_closing();
    while (!signal_listeners_.empty()) signal_listeners_.front().leave_loop();
    let_go();
    while (io_->in_flight() != 0 || io_->wants_poll()) {
        io_->poll(io_->in_flight() != 0 ? std::optional<duration>() : duration::zero());
        let_go();
    }
    io_.reset();
}

// The tasks at the end of the list that have not been asked yet: one that is new comes behind all others.
void loop_state::cancel_new_roots() noexcept {
    auto first_new = roots.end();
    for (auto before = first_new; before != roots.begin(); first_new = before)
        if ((--before)->asked_at_close()) break;
    const cancel_wave::one_cause closing(cancels());
    for (; first_new != roots.end(); ++first_new) first_new->cancel_at_close();
}

// What is dropped may own what makes something else ready: a promise that breaks, a callback's handle.
void loop_state::let_go() noexcept {
    do {
        discard_ready();
        timers_.abandon();
    } while (!idle());
}

void loop_state::set_exception_handler(std::function<void(const unhandled_error&)> fn) { handler_.set(std::move(fn)); }

void loop_state::report(std::string message, std::exception_ptr error, future_core* source) noexcept {
    unhandled_error e;
    e.message = std::move(message);
    e.exception = std::move(error);
    if (source != nullptr) e.source = any_future(core_ref<future_core>::share(*source));
    const auto handler = handler_.get();
    if (!handler) return print(e);
    try {
        (*handler)(e);
    } catch (...) {
        print(e);
        std::fputs("gyre: the exception handler failed on the error above\n", stderr);
    }
}

void loop_state::keep_error(future_core& failed) noexcept {
    scheduler::keep_error(failed);
    if (watch_) watch_->keep_error(failed);
}

void loop_state::drop_error(future_core& failed) noexcept {
    scheduler::drop_error(failed);
    if (watch_) watch_->drop_error(failed);
}

std::vector<branch*> loop_state::branches() {
    std::vector<branch*> found;
    std::vector<intrusive_list<branch>*> levels{&roots};
    while (!levels.empty()) {
        intrusive_list<branch>& level = *levels.back();
        levels.pop_back();
        for (branch& b : level) {
            found.push_back(&b);
            if (suspension* on = b.waiting_on(); on != nullptr && on->children() != nullptr) levels.push_back(on->children());
        }
    }
    return found;
}

std::vector<branch*> loop_state::tasks() {
    std::vector<branch*> found = branches();
    std::erase_if(found, [](const branch* b) { return b->is_body(); });
    return found;
}

loop_stats loop_state::stats() noexcept {
    loop_stats s;
    s.ticks = ticks_;
    s.steps = steps_;
    s.callbacks = callbacks_;
    s.operations = operations_;
    s.wakeups = wakeups_;
    s.tasks = tasks().size();
    s.timers = timers_.size();
    s.in_flight = io_ ? io_->in_flight() : 0;
    s.frames_bytes = static_cast<std::size_t>(std::max<std::ptrdiff_t>(0, frame_bytes_in_use()));
    return s;
}

running_scope::running_scope(loop_state& state) : state_(state) {
    if (current_scheduler() != nullptr)
        throw invalid_state_error(
            "gyre: an event loop is running in this thread already; co_await the task, or spawn() it, instead of running it");
    if (state.closed()) throw invalid_state_error("gyre: the event loop is closed; make a new one");
    set_current_scheduler(&state);
    state.enter_thread();
}

running_scope::~running_scope() {
    state_.leave_thread();
    set_current_scheduler(nullptr);
}

closing_scope::closing_scope(loop_state& state) : state_(state), outer_(current_scheduler()) {
    if (outer_ == &state)
        throw invalid_state_error(
            "gyre: an event loop cannot be closed by a task or callback of its own; stop() it and close it after the run");
    set_current_scheduler(&state);
    state.enter_thread();
}

closing_scope::~closing_scope() {
    state_.leave_thread();
    set_current_scheduler(outer_);
}

}  // namespace gyre::detail
