// A signal makes a live process print its tasks.
#include <gyre/runtime/debug/dump_on_signal.hpp>

#include <signal.h>
#include <stdio.h>
#include <unistd.h>

#include <array>

#include "signal_support.hpp"
#include "support/test.hpp"

using namespace std::chrono_literals;

namespace {

gyre::task<> sleeps_for_long() { co_await gyre::sleep(1h); }

// What is written to stderr while it lives.
class captured_stderr {
public:
    captured_stderr() : file_(::tmpfile()), kept_(::dup(2)) {
        ::fflush(stderr);
        ::dup2(::fileno(file_), 2);
    }
    captured_stderr(const captured_stderr&) = delete;
    ~captured_stderr() {
        ::fflush(stderr);
        ::dup2(kept_, 2);
        ::close(kept_);
        ::fclose(file_);
    }
    std::string text() const {
        ::fflush(stderr);
        std::array<char, 4096> buffer{};
        const auto got = ::pread(::fileno(file_), buffer.data(), buffer.size(), 0);
        return std::string(buffer.data(), static_cast<std::size_t>(got));
    }

private:
    FILE* file_;
    int kept_;
};

gyre::task<std::string> dump_by(int number) {
    const captured_stderr captured;
    ::raise(number);
    std::string text;
    while (text.find("end of tasks") == std::string::npos) {
        co_await gyre::yield();
        text = captured.text();
    }
    co_return text;
}

}  // namespace

GYRE_TEST("a signal prints the tasks of a live process, as often as it comes, and beside others who listen") {
    const auto before = gyre::test::disposition(SIGUSR1);
    gyre::debug::dump_on_signal(SIGUSR1);
    gyre::debug::dump_on_signal(SIGUSR1);  // once is enough
    CHECK(gyre::test::disposition(SIGUSR1) != before);
    gyre::signals beside({SIGUSR1});
    auto task = gyre::spawn(sleeps_for_long(), "the sleeper");
    co_await gyre::yield();
    for (int i = 0; i < 2; ++i) {
        const auto dump = co_await dump_by(SIGUSR1);
        CHECK(dump.find("'the sleeper' waits: sleep") != std::string::npos);
        CHECK(dump.find("dump_on_signal_test.cpp") != std::string::npos);
        CHECK(dump.find("SIGUSR1") != std::string::npos);
        CHECK(dump.find("end of tasks") == dump.rfind("end of tasks"));
        const auto got = co_await beside.next();
        CHECK(got == SIGUSR1);
    }
}

TEST_CASE("the dump's signal has its former action again when the loop has closed") {
    const auto before = gyre::test::disposition(SIGUSR2);
    auto main = []() -> gyre::task<> {
        gyre::debug::dump_on_signal(SIGUSR2);
        co_return;
    };
    gyre::run(main(), gyre::test::options());
    CHECK(gyre::test::disposition(SIGUSR2) == before);
    CHECK_THROWS_AS(gyre::debug::dump_on_signal(SIGUSR2), gyre::invalid_state_error);
}

GYRE_TEST("a signal that cannot be caught cannot dump") {
    CHECK_THROWS_AS(gyre::debug::dump_on_signal(SIGKILL), std::invalid_argument);
    co_return;
}
