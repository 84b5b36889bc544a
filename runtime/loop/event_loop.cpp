#include <gyre/runtime/coroutine/errors.hpp>
#include <gyre/runtime/loop/event_loop.hpp>
#include <gyre/runtime/loop/loop_state.hpp>
#include <gyre/runtime/loop/posted_callback.hpp>
#include <gyre/runtime/loop/signal_callbacks.hpp>
#include <gyre/runtime/loop/uncaught.hpp>

#include <cstdio>

namespace gyre {
namespace {

class timed_callback final : public detail::callback, public detail::timer {
public:
    timed_callback(detail::loop_state& loop, std::function<void()>&& fn) : callback(loop, std::move(fn)), loop_(loop) {}

    // The heap holds a reference while it is armed.
    void arm(time_point when) {
        loop_.arm(*this, when);
        add_reference();
    }
    void cancel() noexcept override {
        const bool was_armed = armed();
        loop_.disarm(*this);
        callback::cancel();
        if (was_armed) release();
    }
    void fired() noexcept override {
        schedule();
        release();
    }
    void abandoned() noexcept override {
        drop_function();
        release();
    }

private:
    detail::loop_state& loop_;
};

// Makes a closed loop's thread-safe calls fail and its other calls clear.
detail::loop_state& open_state(detail::loop_state& state) {
    if (state.closed()) throw invalid_state_error("gyre: the event loop is closed; make a new one");
    return state;
}
// The same for the loop's own thread.
detail::loop_state& own_state(detail::loop_state& state, const char* what) {
    state.require_own_thread(what);
    return open_state(state);
}

}  // namespace

event_loop::event_loop() : event_loop(loop_options()) {}
event_loop::event_loop(loop_options options) : state_(new detail::loop_state(*this, std::move(options))) {}

event_loop::~event_loop() {
    try {
        close();
    } catch (const std::exception& e) {
        // What is in flight still belongs to the kernel: leaking it is the only safe way on.
        std::fprintf(stderr, "%s\n", e.what());
        state_->add_reference();
    }
}

event_loop& event_loop::current() { return detail::require_loop("event_loop::current()").owner(); }

void event_loop::run_until_done(detail::future_core& main) {
    const detail::running_scope running(*state_);
    if (&main.owner() != state_.get()) detail::throw_of_another_loop(main);
    state_->take_stop();
    if (!main.done()) {
        const detail::stop_when_done stopper(*state_, main);
        do state_->tick(true);
        while (!state_->take_stop());
        if (!main.done()) throw invalid_state_error("gyre: the event loop was stopped before '" + main.name() + "' had ended");
    }
    if (main.held_error()) detail::note_leaving_error(main);
}

void event_loop::run_forever() {
    const detail::running_scope running(*state_);
    do state_->tick(true);
    while (!state_->take_stop());
}

void event_loop::stop() { state_->stop(); }

void event_loop::close() {
    if (state_->closed()) return;
    const detail::closing_scope closing(*state_);
    state_->close();
}

bool event_loop::running() const noexcept { return detail::current_scheduler() == state_.get(); }
bool event_loop::closed() const noexcept { return state_->closed(); }

detail::scheduler& event_loop::scheduler_to_spawn() { return own_state(*state_, "event_loop::spawn()"); }
detail::scheduler& event_loop::scheduler_to_post_to() { return open_state(*state_); }

void event_loop::start(detail::branch& child, const std::string& name, spawn_start when) {
    if (!name.empty()) child.set_name(name);
    state_->roots.push_back(child);
    if (when == spawn_start::now && running())
        child.start_now();
    else
        child.start();
    wake_host();
}

void event_loop::wake_host() noexcept {
    if (!host_watches_ || host_is_woken_ || running()) return;
    host_is_woken_ = true;
    state_->io().wake();
}

handle event_loop::call_soon(std::function<void()> fn) {
    detail::core_ref<detail::callback> queued(new detail::callback(own_state(*state_, "event_loop::call_soon()"), std::move(fn)));
    queued->schedule();
    wake_host();
    return handle(std::move(queued));
}

handle event_loop::call_later(time_span delay, std::function<void()> fn) { return call_at(state_->deadline_after(delay), std::move(fn)); }

handle event_loop::call_at(time_point when, std::function<void()> fn) {
    detail::core_ref<timed_callback> queued(new timed_callback(own_state(*state_, "event_loop::call_at()"), std::move(fn)));
    queued->arm(when);
    wake_host();
    return handle(detail::core_ref<detail::callback>(queued));
}

void event_loop::call_soon_threadsafe(std::function<void()> fn) {
    auto posted = std::make_unique<detail::posted_callback>(*state_, std::move(fn));
    post(*posted);
    // The loop's from here on, which may have run and freed it already.
    static_cast<void>(posted.release());
}

void event_loop::post(detail::runnable& item) { state_->post(item); }

void event_loop::add_signal_handler(int number, std::function<void()> fn) {
    detail::loop_state& loop = own_state(*state_, "event_loop::add_signal_handler()");
    detail::signal_callbacks::of(loop).set(loop, number, std::move(fn));
}

bool event_loop::remove_signal_handler(int number) noexcept {
    detail::signal_callbacks* const handlers = detail::signal_callbacks::find(*state_);
    return handlers != nullptr && handlers->remove(number);
}

time_point event_loop::time() const noexcept { return state_->now(); }

void event_loop::set_exception_handler(std::function<void(const unhandled_error&)> fn) { state_->set_exception_handler(std::move(fn)); }

std::vector<any_future> event_loop::all_tasks() const {
    std::vector<any_future> all;
    for (detail::branch* b : state_->tasks()) all.emplace_back(detail::core_ref<detail::future_core>::share(*b));
    return all;
}

loop_stats event_loop::stats() const noexcept { return state_->stats(); }
std::string_view event_loop::backend_name() const noexcept { return state_->backend_name(); }

int event_loop::poll_fd() {
    const int fd = open_state(*state_).io().poll_fd();
    host_watches_ = true;
    return fd;
}
std::optional<duration> event_loop::next_timeout() const { return open_state(*state_).next_timeout(); }

void event_loop::poll() {
    const detail::running_scope running(*state_);
    host_is_woken_ = false;
    state_->tick(false);
    state_->prepare_outside_wait();
}

}  // namespace gyre
