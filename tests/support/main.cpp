#define CATCH_CONFIG_RUNNER
#include <signal.h>
#include <unistd.h>

#include <catch2/catch.hpp>
#include <cstddef>
#include <cstdio>
#include <cstdlib>
#include <string>

#include <gyre/runtime/testing/backends.hpp>

#include "support/backend.hpp"
#include "support/sanitizers.hpp"

namespace {

constexpr unsigned default_case_limit = gyre::test::under_address_sanitizer || gyre::test::under_thread_sanitizer ? 240 : 60;
constexpr int exit_skipped = 77;

// A test that hangs says which one it is and dumps core where it hangs, long before ctest's own timeout would end the whole file.
char current_test[256];

extern "C" void test_hangs(int) {
    constexpr char before[] =
        "\ngyre tests: this test takes too long, so it hangs (GYRE_TEST_CASE_LIMIT=SECONDS to wait longer, 0 for ever): ";
    std::size_t length = 0;
    while (current_test[length] != '\0') ++length;
    ssize_t ignored = ::write(STDERR_FILENO, before, sizeof before - 1);
    ignored = ::write(STDERR_FILENO, current_test, length);
    ignored = ::write(STDERR_FILENO, "\n", 1);
    static_cast<void>(ignored);
    ::signal(SIGABRT, SIG_DFL);
    ::abort();
}

unsigned case_limit() {
    const char* text = std::getenv("GYRE_TEST_CASE_LIMIT");
    return text != nullptr ? static_cast<unsigned>(std::strtoul(text, nullptr, 10)) : default_case_limit;
}

struct watchdog : Catch::TestEventListenerBase {
    using TestEventListenerBase::TestEventListenerBase;

    void testCaseStarting(const Catch::TestCaseInfo& info) override {
        std::snprintf(current_test, sizeof current_test, "%s", info.name.c_str());
        ::signal(SIGALRM, test_hangs);
        ::alarm(case_limit());
    }
    void testCaseEnded(const Catch::TestCaseStats&) override { ::alarm(0); }
};
CATCH_REGISTER_LISTENER(watchdog)

}  // namespace

// An exception that crosses threads in a std::future is freed by who lets go of it last. libstdc++ counts that with atomics inside its
// shared library, where ThreadSanitizer does not see them. Only ThreadSanitizer calls this.
extern "C" const char* __tsan_default_suppressions();  // NOLINT(bugprone-reserved-identifier)
extern "C" const char* __tsan_default_suppressions() { return "race:std::__future_base::_Result\n"; }

int main(int argc, char** argv) {
    // Only what was asked for by name is skipped, as ctest does for every file; a bare run fails loudly instead.
    std::string why_not;
    if (std::getenv("GYRE_BACKEND") != nullptr && !gyre::testing::backend_available(gyre::test::backend(), why_not)) {
        std::fprintf(stderr, "skipped: %s\n", why_not.c_str());
        return exit_skipped;
    }
    return Catch::Session().run(argc, argv);
}
