// ctest: backend=none
// Which backend a loop gets: the one that was asked for, or what the kernel allows.
#include <linux/audit.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <gyre/runtime/io/backend.hpp>
#include <gyre/runtime/loop/event_loop.hpp>
#include <gyre/runtime/loop/sleep.hpp>
#include <gyre/runtime/loop/wait_fd.hpp>

#include <algorithm>
#include <cstddef>
#include <cstdlib>
#include <functional>
#include <stdexcept>

#include "io_harness.hpp"

using namespace gyre::test;
using namespace std::chrono_literals;

namespace {

// As a container's seccomp profile does it: io_uring_setup fails with this errno from now on, in this process.
bool forbid_io_uring(int error) {
    std::array<sock_filter, 4> program = {
        sock_filter{BPF_LD | BPF_W | BPF_ABS, 0, 0, offsetof(seccomp_data, nr)},
        sock_filter{BPF_JMP | BPF_JEQ | BPF_K, 0, 1, static_cast<__u32>(__NR_io_uring_setup)},
        sock_filter{BPF_RET | BPF_K, 0, 0, SECCOMP_RET_ERRNO | static_cast<__u32>(error)},
        sock_filter{BPF_RET | BPF_K, 0, 0, SECCOMP_RET_ALLOW},
    };
    const sock_fprog filter{static_cast<unsigned short>(program.size()), program.data()};
    return ::prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) == 0 && ::prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, &filter) == 0;
}

struct child_result {
    int status = -1;
    std::string errors;  // what it wrote to stderr
};

// Runs it in a process of its own, whose exit status is what it gives.
child_result in_child(const std::function<int()>& body) {
    pipe_pair errors;
    const pid_t child = ::fork();
    REQUIRE(child >= 0);
    if (child == 0) {
        ::dup2(errors.writer.get(), STDERR_FILENO);
        ::unsetenv("GYRE_BACKEND");
        int status = 99;
        try {
            status = body();
        } catch (const std::exception& e) {
            std::fprintf(stderr, "%s\n", e.what());
        }
        ::_exit(status);
    }
    errors.writer.reset();
    child_result result;
    std::array<char, 512> buffer{};
    ssize_t got = 0;
    while ((got = ::read(errors.reader.get(), buffer.data(), buffer.size())) > 0)
        result.errors.append(buffer.data(), static_cast<std::size_t>(got));
    int status = 0;
    ::waitpid(child, &status, 0);
    result.status = WIFEXITED(status) ? WEXITSTATUS(status) : 1000 + WTERMSIG(status);
    return result;
}

gyre::task<int> some_io() {
    const socket_pair pair;
    co_await gyre::sleep(1ms);
    ::send(pair.there.get(), "hello", 5, MSG_NOSIGNAL);
    co_await gyre::wait_readable(pair.here.get());
    std::array<char, 8> buffer{};
    const ssize_t got = ::recv(pair.here.get(), buffer.data(), buffer.size(), 0);
    co_return static_cast<int>(got);
}

std::ptrdiff_t lines(const std::string& text) { return std::count(text.begin(), text.end(), '\n'); }

}  // namespace

TEST_CASE("where seccomp forbids io_uring the asio backend takes over, with one line that says so") {
    const int error = GENERATE(EPERM, ENOSYS, EACCES);
    const child_result child = in_child([error] {
        if (!forbid_io_uring(error)) return 90;
        for (int i = 0; i < 3; ++i) {
            gyre::event_loop loop;
            if (loop.backend_name() != "asio") return 91;
            if (loop.run_until_complete(some_io()) != 5) return 92;
        }
        return 0;
    });
    INFO(child.errors);
    CHECK(child.status == 0);
    CHECK(lines(child.errors) == 1);
    CHECK(child.errors.find("io_uring") != std::string::npos);
    CHECK(child.errors.find("asio") != std::string::npos);
}

TEST_CASE("uring by name, where it is forbidden, is an error that says what to do") {
    const child_result child = in_child([] {
        if (!forbid_io_uring(EPERM)) return 90;
        gyre::loop_options options;
        options.backend = "uring";
        try {
            const gyre::event_loop loop(options);
        } catch (const std::runtime_error& e) {
            const std::string message = e.what();
            return message.find("uring") != std::string::npos && message.find("seccomp") != std::string::npos ? 0 : 91;
        }
        return 92;
    });
    INFO(child.errors);
    CHECK(child.status == 0);
    CHECK(child.errors.empty());
}

TEST_CASE("asio by option or by environment, and the option wins") {
    const child_result child = in_child([] {
        gyre::loop_options options;
        options.backend = "asio";
        gyre::event_loop by_option(options);
        if (by_option.backend_name() != "asio" || by_option.run_until_complete(some_io()) != 5) return 91;
        ::setenv("GYRE_BACKEND", "asio", 1);
        gyre::event_loop by_environment;
        if (by_environment.backend_name() != "asio" || by_environment.run_until_complete(some_io()) != 5) return 92;
        ::setenv("GYRE_BACKEND", "no such backend", 1);
        const gyre::event_loop chosen(options);
        return chosen.backend_name() == "asio" ? 0 : 93;
    });
    INFO(child.errors);
    CHECK(child.status == 0);
    CHECK(child.errors.empty());
}

TEST_CASE("an unknown backend is refused") {
    CHECK_THROWS_AS(gyre::detail::make_backend("epoll"), std::invalid_argument);
    const child_result child = in_child([] {
        ::setenv("GYRE_BACKEND", "epoll", 1);
        try {
            const gyre::event_loop loop;
        } catch (const std::invalid_argument& e) {
            return std::string(e.what()).find("'epoll'") != std::string::npos ? 0 : 91;
        }
        return 92;
    });
    CHECK(child.status == 0);
}

TEST_CASE("a backend that cannot get its descriptors says so and leaks none") {
    const child_result child = in_child([] {
        // Room for few more than there are: each attempt fails one step later.
        for (rlim_t room = 0; room < 6; ++room) {
            const std::size_t before = open_file_descriptor_count();
            const unique_fd lowest(::dup(0));
            rlimit old{};
            ::getrlimit(RLIMIT_NOFILE, &old);
            const rlimit limit{static_cast<rlim_t>(lowest.get()) + room + 1, old.rlim_max};
            ::setrlimit(RLIMIT_NOFILE, &limit);
            bool failed = false;
            try {
                gyre::detail::make_backend("asio");
            } catch (const std::exception&) {
                failed = true;
            }
            ::setrlimit(RLIMIT_NOFILE, &old);
            if (room == 0 && !failed) return 91;
            if (open_file_descriptor_count() != before + 1) return 92;
        }
        return 0;
    });
    INFO(child.errors);
    CHECK(child.status == 0);
}
