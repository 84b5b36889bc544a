#pragma once
#include <sys/wait.h>

#include <cerrno>
#include <string>
#include <vector>

#include "support/test.hpp"

namespace gyre::test {

// True when the process has no child, neither a running one nor a zombie.
inline bool has_no_children() {
    siginfo_t info{};
    return ::waitid(P_ALL, 0, &info, WEXITED | WNOHANG | WNOWAIT) != 0 && errno == ECHILD;
}

// run(), and no child is left when the loop has closed.
inline void run_and_reap(const std::function<task<>()>& body) {
    run(body);
    CHECK(has_no_children());
}

// Cancels the script at each of its awaits; no child and no descriptor may be left after any run. Gives how many there were.
inline auto cancel_everywhere_and_reap(const std::function<task<>()>& script) {
    const auto before = open_file_descriptors();
    return testing::cancel_at_every_await(
        script,
        [&] {
            REQUIRE(has_no_children());
            REQUIRE(opened_since(before).empty());
        },
        options());
}

// Whether a process of that number runs, or is a zombie.
inline bool exists(int pid) { return ::kill(pid, 0) == 0; }

// Reads what comes until `wanted` bytes are there or the stream ends.
inline task<std::string> read_out(process& from, std::size_t wanted) {
    std::string text(wanted, '\0');
    std::size_t have = 0;
    while (have < wanted) {
        const std::size_t got = co_await from.read_out(text.data() + have, wanted - have);
        if (got == 0) break;
        have += got;
    }
    text.resize(have);
    co_return text;
}

inline task<std::string> read_line(process& from) {
    std::string line;
    for (;;) {
        char c = 0;
        const std::size_t got = co_await from.read_out(&c, 1);
        if (got == 0 || c == '\n') co_return line;
        line += c;
    }
}

}  // namespace gyre::test

#define PROCESS_TEST_WITH(function, ...)                              \
    static ::gyre::task<> function();                                 \
    TEST_CASE(__VA_ARGS__) { ::gyre::test::run_and_reap(&function); } \
    static ::gyre::task<> function()
// GYRE_TEST that leaves no child behind.
#define PROCESS_TEST(...) PROCESS_TEST_WITH(INTERNAL_CATCH_UNIQUE_NAME(process_test_body_), __VA_ARGS__)
