// A child that cannot be started: start() says what is at fault, and nothing is left.
#include <fcntl.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

#include <system_error>

#include "process_support.hpp"
#include "support/scratch_directory.hpp"

using gyre::command;
using gyre::stdio;
using gyre::detail::unique_fd;

namespace {

struct failure {
    failure() {}
    std::error_code code;
    std::string message;
};

gyre::task<failure> failure_of(command what) {
    failure seen;
    const auto before = gyre::test::open_file_descriptors();
    try {
        gyre::process never = co_await what.start();
    } catch (const std::system_error& e) {
        seen.code = e.code();
        seen.message = e.what();
    }
    CHECK(gyre::test::opened_since(before).empty());
    CHECK(gyre::test::has_no_children());
    co_return seen;
}

bool has(const failure& f, std::errc code, std::string_view text) { return f.code == code && f.message.find(text) != std::string::npos; }

// A file in a directory of its own.
class scratch_file {
public:
    scratch_file(const std::string& content, ::mode_t mode) {
        const unique_fd fd(::open(path().c_str(), O_WRONLY | O_CREAT | O_CLOEXEC, 0600));
        REQUIRE(::write(fd.get(), content.data(), content.size()) == static_cast<::ssize_t>(content.size()));
        REQUIRE(::fchmod(fd.get(), mode) == 0);
    }
    std::string path() const { return directory_ / "file"; }

private:
    gyre::test::scratch_directory directory_;
};

}  // namespace

PROCESS_TEST("a program that is not there is an error of start() that names it") {
    auto by_name = co_await failure_of(command("no-such-program-here").out(stdio::pipe));
    CHECK(has(by_name, std::errc::no_such_file_or_directory, "'no-such-program-here'"));
    CHECK(by_name.message.find("PATH") != std::string::npos);
    auto by_path = co_await failure_of(command("/nowhere/program").in(stdio::pipe).out(stdio::pipe).err(stdio::pipe));
    CHECK(has(by_path, std::errc::no_such_file_or_directory, "'/nowhere/program'"));
}

PROCESS_TEST("output() of a program that is not there fails as start() does") {
    std::string message;
    try {
        co_await command("no-such-program-here").output("input");
    } catch (const std::system_error& e) {
        message = e.what();
    }
    CHECK(message.find("no-such-program-here") != std::string::npos);
}

PROCESS_TEST("a working directory that is not there is told from a program that is not there") {
    auto missing = co_await failure_of(command("true").cwd("/no/such/folder"));
    CHECK(has(missing, std::errc::no_such_file_or_directory, "'/no/such/folder'"));
    auto file = co_await failure_of(command("true").cwd("/etc/passwd"));
    CHECK(has(file, std::errc::not_a_directory, "'/etc/passwd'"));
}

PROCESS_TEST("a file that may not be executed, or is none, is an error that says so") {
    const scratch_file plain("text", 0644);
    auto denied = co_await failure_of(command(plain.path()));
    CHECK(has(denied, std::errc::permission_denied, plain.path()));
    auto folder = co_await failure_of(command("/tmp"));
    CHECK(has(folder, std::errc::permission_denied, "/tmp"));

    const scratch_file text("echo no program\n", 0755);
    auto no_program = co_await failure_of(command(text.path()));
    CHECK(has(no_program, std::errc::executable_format_error, "command::shell"));

    const scratch_file script("#!/no/such/interpreter\n", 0755);
    auto no_interpreter = co_await failure_of(command(script.path()));
    CHECK(has(no_interpreter, std::errc::no_such_file_or_directory, "interpreter"));
}

PROCESS_TEST("arguments or an environment that are too long are an error that says how long") {
    const std::string huge(1024 * 1024, 'x');
    auto argument = co_await failure_of(command("true").arg(huge));
    CHECK(has(argument, std::errc::argument_list_too_long, "bytes"));
    command many("true");
    for (int i = 0; i < 100; ++i) many.env("V" + std::to_string(i), std::string(100'000, 'x'));
    auto environment = co_await failure_of(many);
    CHECK(has(environment, std::errc::argument_list_too_long, "environment"));
}

PROCESS_TEST("an fd that is not open is an error that names the stream") {
    auto bad = co_await failure_of(command("true").out(987));
    CHECK(has(bad, std::errc::bad_file_descriptor, "standard output"));
}

PROCESS_TEST("without free fds start() fails and leaves nothing, however far it came") {
    rlimit before{};
    ::getrlimit(RLIMIT_NOFILE, &before);
    const unique_fd lowest(::open("/dev/null", O_RDONLY | O_CLOEXEC));
    int failures = 0;
    bool started = false;
    // The loop may open its own fds at first use.
    co_await command("true").output();
    for (::rlim_t room = 0; room < 12 && !started; ++room) {
        rlimit tight = before;
        tight.rlim_cur = static_cast<::rlim_t>(lowest.get()) + room;
        ::setrlimit(RLIMIT_NOFILE, &tight);
        std::error_code code;
        try {
            gyre::process p = co_await command("true").in(stdio::pipe).out(stdio::pipe).err(stdio::pipe).start();
            ::setrlimit(RLIMIT_NOFILE, &before);
            started = true;
            co_await p.wait();
        } catch (const std::system_error& e) {
            code = e.code();
        }
        ::setrlimit(RLIMIT_NOFILE, &before);
        if (started) break;
        ++failures;
        CAPTURE(room);
        CHECK(code == std::errc::too_many_files_open);
        CHECK(gyre::test::has_no_children());
    }
    CHECK(failures > 3);
    CHECK(started);
}
