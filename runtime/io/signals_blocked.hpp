#pragma once
#include <csignal>

namespace gyre::detail {

// While it lives, this thread takes no signals, and the threads that it starts take none for good. Signals are for the program's
// own threads: one that the program blocks to read it from a signalfd must not end it through a thread that it knows nothing of.
// Faults are not blocked: a crash must reach the program's handler in every thread.
class signals_blocked {
public:
    signals_blocked() noexcept;
    signals_blocked(const signals_blocked&) = delete;
    ~signals_blocked();

private:
    sigset_t before_;
};

}  // namespace gyre::detail
