#pragma once
#include <signal.h>

namespace gyre::test {

// What the process does when the signal comes: a handler, SIG_DFL or SIG_IGN.
inline sighandler_t disposition(int number) {
    struct sigaction now{};
    ::sigaction(number, nullptr, &now);
    return now.sa_handler;
}

// Puts it back at the end of a test that changes it.
class disposition_guard {
public:
    explicit disposition_guard(int number) : number_(number) { ::sigaction(number, nullptr, &before_); }
    disposition_guard(const disposition_guard&) = delete;
    ~disposition_guard() { ::sigaction(number_, &before_, nullptr); }

private:
    int number_;
    struct sigaction before_{};
};

}  // namespace gyre::test
