#pragma once
#include <gyre/runtime/coroutine/intrusive_list.hpp>

#include <atomic>
#include <cstdint>
#include <span>
#include <string>

namespace gyre::detail {

class loop_state;

// One who is told of signals that come to the process; any number of them may want the same signal, on any loops, and each
// one gets it. The process has one handler for all of them, in place as long as somebody listens to the number; then what was
// there before comes back. No signal is ever blocked, so that no thread and no child inherits a mask.
//
// The handler marks the number in every listener that wants it and wakes the listener's loop, which calls signalled(). A number
// that comes again before it was taken counts once, as everywhere in POSIX.
class signal_listener : public list_hook<signal_listener> {
public:
    signal_listener(const signal_listener&) = delete;
    signal_listener& operator=(const signal_listener&) = delete;

    // --- for the loop it is bound to, in its thread
    bool has_pending() const noexcept { return pending_.load(std::memory_order_acquire) != 0; }
    // Something is pending. Must run no user code.
    virtual void signalled() noexcept = 0;
    // The loop closes: the listener goes on to listen, without a loop.
    void leave_loop() noexcept;

protected:
    signal_listener() noexcept = default;
    ~signal_listener() { stop(); }

    // Starts to listen. `who` is for messages: "signals()".
    // Throws: std::invalid_argument for a number that cannot be listened to; then it listens to nothing.
    void listen(std::span<const int> numbers, const char* who);
    // Listens only while nobody else does, in the default action's stead; when a second one comes, the default action is taken after
    // all. False when the program has made other arrangements for the signal, or another listener stands in already.
    bool stand_in(int number) noexcept;
    // Idempotent. After it the handler does not touch this object.
    void stop() noexcept;

    // Has the loop told. Once, in the loop's thread.
    void bind(loop_state& loop) noexcept;
    loop_state* bound_to() const noexcept { return loop_.load(std::memory_order_relaxed); }
    virtual void loop_closed() noexcept {}

    // A number that came, each in its turn, or 0.
    int take() noexcept;
    bool was_raised() const noexcept { return raised_.load(std::memory_order_relaxed); }

private:
    static void on_signal(int number) noexcept;
    void raise(int number, bool others_listen) noexcept;
    void link() noexcept;
    void add(int number);
    void remove(int number) noexcept;

    std::uint64_t numbers_ = 0;  // a bit each
    int last_ = 0;               // taken
    bool stands_in_ = false;
    // What the handler touches.
    std::atomic<std::uint64_t> pending_ = 0;
    std::atomic<bool> raised_ = false;
    std::atomic<loop_state*> loop_ = nullptr;
    std::atomic<signal_listener*> older_ = nullptr;
};

// "SIGTERM"; "signal 40" for one without a name.
std::string signal_name(int number);

}  // namespace gyre::detail
