// What a command tells the child: arguments, environment, folder, streams, signals, session.
#include <fcntl.h>
#include <signal.h>
#include <unistd.h>

#include <array>
#include <cstdlib>
#include <sstream>

#include "process_support.hpp"
#include "signal_support.hpp"

using gyre::command;
using gyre::stdio;
using gyre::detail::unique_fd;

namespace {

// The lines of /proc/<pid>/status that begin with the word.
std::string status_line(const std::string& status, const std::string& word) {
    std::istringstream lines(status);
    for (std::string line; std::getline(lines, line);)
        if (line.starts_with(word)) return line.substr(line.find_last_of('\t') + 1);
    return "none";
}

}  // namespace

PROCESS_TEST("output() gives what a child wrote and how it ended") {
    auto said = co_await command("echo").arg("hello").output();
    CHECK(said.out == "hello\n");
    CHECK(said.err.empty());
    CHECK(said.status.success());
    CHECK(said.status.code() == 0);
    CHECK_FALSE(said.status.signal());
    CHECK(said.status.to_string() == "exited with code 0");

    auto failed = co_await command::shell("echo out; echo err >&2; exit 3").output();
    CHECK(failed.out == "out\n");
    CHECK(failed.err == "err\n");
    CHECK_FALSE(failed.status.success());
    CHECK(failed.status.code() == 3);
    CHECK(failed.status.to_string() == "exited with code 3");

    auto killed = co_await command::shell("kill -TERM $$").output();
    CHECK_FALSE(killed.status.success());
    CHECK_FALSE(killed.status.code());
    CHECK(killed.status.signal() == SIGTERM);
    CHECK(killed.status.to_string() == "was ended by SIGTERM");
}

PROCESS_TEST("arguments reach the child as they are: no shell sees them") {
    std::vector<std::string> odd{"a b", "$HOME", "*", "'\"", "", "; echo no", "\n"};
    auto said = co_await command("printf").arg("%s|").args(odd).output();
    CHECK(said.out == "a b|$HOME|*|'\"||; echo no|\n|");
    const std::string text = "text";
    auto several = co_await command("printf").args("%s-%s-%s", text, "$x", std::string("*")).output();
    CHECK(several.out == "text-$x-*");
}

PROCESS_TEST("a shell is there for who asks, and takes arguments of its own") {
    auto said = co_await command::shell("echo \"$1\" | tr a-z A-Z").arg("sh").arg("a; b").output();
    CHECK(said.out == "A; B\n");
    auto missing = co_await command::shell("no-such-program-here").output();
    CHECK(missing.status.code() == 127);
    CHECK(missing.err.find("no-such-program-here") != std::string::npos);
}

PROCESS_TEST("the environment is the program's own, with what is added, replaced, left out or cleared") {
    ::setenv("GYRE_TEST_KEPT", "kept", 1);
    ::setenv("GYRE_TEST_REPLACED", "old", 1);
    ::setenv("GYRE_TEST_LEFT_OUT", "x", 1);
    const std::string script = "echo $GYRE_TEST_KEPT $GYRE_TEST_REPLACED $GYRE_TEST_ADDED ${GYRE_TEST_LEFT_OUT-none}";
    command show = command::shell(script);
    show.env("GYRE_TEST_REPLACED", "x").env("GYRE_TEST_REPLACED", "new").env("GYRE_TEST_ADDED", "a=b").unset_env("GYRE_TEST_LEFT_OUT");
    auto said = co_await show.output();
    CHECK(said.out == "kept new a=b none\n");

    command bare("/usr/bin/env");
    bare.env("ONLY", "this").clear_env();
    auto only = co_await bare.output();
    CHECK(only.out == "ONLY=this\n");
    ::unsetenv("GYRE_TEST_KEPT");
    ::unsetenv("GYRE_TEST_REPLACED");
    ::unsetenv("GYRE_TEST_LEFT_OUT");
}

PROCESS_TEST("the child's working directory and its PATH are its own") {
    auto there = co_await command("pwd").cwd("/usr").output();
    CHECK(there.out == "/usr\n");
    // A relative path is so from there.
    auto relative = co_await command("bin/env").cwd("/usr").env("A", "b").output();
    CHECK(relative.status.success());
    auto by_path = co_await command("echo").env("PATH", "/nowhere:/usr/bin").arg("x").output();
    CHECK(by_path.out == "x\n");
    auto by_default = co_await command("echo").clear_env().arg("y").output();
    CHECK(by_default.out == "y\n");
}

PROCESS_TEST("streams lead to null, to a pipe, together, or to a file descriptor") {
    auto none = co_await command("cat").output();
    CHECK(none.out.empty());
    CHECK(none.status.success());

    auto fed = co_await command("cat").output("input");
    CHECK(fed.out == "input");

    auto dropped = co_await command::shell("echo lost; echo kept >&2").out(stdio::null).output();
    CHECK(dropped.out.empty());
    CHECK(dropped.err == "kept\n");

    auto merged = co_await command::shell("echo 1; echo 2 >&2; echo 3").err(stdio::merge).output();
    CHECK(merged.out == "1\n2\n3\n");
    CHECK(merged.err.empty());

    const unique_fd file(::open("/tmp", O_TMPFILE | O_RDWR | O_CLOEXEC, 0600));
    REQUIRE(file);
    auto to_file = co_await command::shell("echo to the file; echo and this >&2").out(file.get()).err(stdio::merge).output();
    CHECK(to_file.out.empty());
    std::string text(100, '\0');
    text.resize(static_cast<std::size_t>(::pread(file.get(), text.data(), text.size(), 0)));
    CHECK(text == "to the file\nand this\n");
    ::lseek(file.get(), 0, SEEK_SET);
    auto from_file = co_await command("cat").in(file.get()).output();
    CHECK(from_file.out == text);
}

TEST_CASE("streams are right also in a program that has closed its own") {
    // In a process of its own: the numbers 0 to 2 are free, and pipes will have them.
    const auto child = ::fork();
    if (child == 0) {
        for (const int fd : {0, 1, 2}) ::close(fd);
        bool good = false;
        auto main = [&]() -> gyre::task<> {
            auto said = co_await command::shell("cat; echo err >&2").output("input");
            good = said.out == "input" && said.err == "err\n" && said.status.success();
        };
        gyre::run(main(), gyre::test::options());
        ::_exit(good ? 0 : 1);
    }
    int status = -1;
    CHECK(::waitpid(child, &status, 0) == child);
    CHECK(status == 0);
}

PROCESS_TEST("streams that are swapped arrive swapped") {
    std::array<int, 2> ends{};
    REQUIRE(::pipe2(ends.data(), O_CLOEXEC) == 0);
    unique_fd reader(ends[0]);
    unique_fd writer(ends[1]);
    const unique_fd kept(::fcntl(1, F_DUPFD_CLOEXEC, 3));
    REQUIRE(::dup2(writer.get(), 1) == 1);
    // The program's output becomes the child's error stream, and the other way round.
    auto ended = co_await command::shell("echo to err >&2").out(2).err(1).output();
    ::dup2(kept.get(), 1);
    writer.reset();
    std::string text(100, '\0');
    text.resize(static_cast<std::size_t>(::read(reader.get(), text.data(), text.size())));
    CHECK(text == "to err\n");
    CHECK(ended.status.success());
}

PROCESS_TEST("a child has the standard streams and no other fd") {
    const unique_fd left_open(::open("/dev/null", O_RDWR));
    gyre::process other = co_await command("cat").in(stdio::pipe).out(stdio::pipe).start();
    auto listed = co_await command("ls").arg("/proc/self/fd").output();
    CHECK(listed.out == "0\n1\n2\n3\n");  // 3: the folder that ls reads
    other.close_in();
    const auto status = co_await other.wait();
    CHECK(status.success());
}

PROCESS_TEST("a child has no blocked and no ignored signals, whatever the program has") {
    const gyre::test::disposition_guard pipe(SIGPIPE);
    const gyre::test::disposition_guard term(SIGTERM);
    ::signal(SIGPIPE, SIG_IGN);
    ::signal(SIGTERM, SIG_IGN);
    gyre::signals listening({SIGUSR1, SIGINT});
    sigset_t some;
    sigset_t before;
    ::sigemptyset(&some);
    ::sigaddset(&some, SIGUSR2);
    ::sigaddset(&some, SIGTERM);
    ::pthread_sigmask(SIG_BLOCK, &some, &before);
    auto seen = co_await command("cat").arg("/proc/self/status").output();
    ::pthread_sigmask(SIG_SETMASK, &before, nullptr);
    for (const char* set : {"SigBlk", "SigIgn", "SigCgt"}) {
        CAPTURE(set);
        // The C library ignores two signals of its own, 32 and 33, in every child that it starts.
        CHECK((std::stoull(status_line(seen.out, set), nullptr, 16) & ~0x180000000ULL) == 0);
    }
}

PROCESS_TEST("a child is of the program's session and group, or of its own when asked") {
    auto session_of = [](const std::string& stat) {
        std::istringstream words(stat.substr(stat.rfind(')') + 1));
        std::string state;
        int parent = 0;
        int group = 0;
        int session = 0;
        words >> state >> parent >> group >> session;
        return std::pair(group, session);
    };
    auto same = co_await command("cat").arg("/proc/self/stat").output();
    CHECK(session_of(same.out) == std::pair(::getpgrp(), ::getsid(0)));
    gyre::process own = co_await command("cat").arg("/proc/self/stat").new_session().out(stdio::pipe).start();
    auto said = co_await own.communicate();
    CHECK(session_of(said.out) == std::pair(own.pid(), own.pid()));
}

PROCESS_TEST("a command may be started again and again") {
    const command twice = command("echo").arg("again");
    for (int i = 0; i < 3; ++i) {
        auto said = co_await twice.output();
        CHECK(said.out == "again\n");
    }
}

TEST_CASE("what cannot be handed to a program is refused where it is said") {
    using namespace std::string_literals;
    command c("x");
    CHECK_THROWS_AS(command(""), std::invalid_argument);
    CHECK_THROWS_AS(command("a\0b"s), std::invalid_argument);
    CHECK_THROWS_AS(c.arg("a\0b"s), std::invalid_argument);
    CHECK_THROWS_AS(c.env("", "x"), std::invalid_argument);
    CHECK_THROWS_AS(c.env("a=b", "x"), std::invalid_argument);
    CHECK_THROWS_AS(c.env("a", "\0"s), std::invalid_argument);
    CHECK_THROWS_AS(c.cwd("\0"s), std::invalid_argument);
    CHECK_THROWS_AS(c.in(stdio::merge), std::invalid_argument);
    CHECK_THROWS_AS(c.out(stdio::merge), std::invalid_argument);
    CHECK_THROWS_AS(c.out(-1), std::invalid_argument);
}
