#include "support/program.hpp"

#include <fcntl.h>
#include <signal.h>
#include <spawn.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>
#include <gyre/runtime/io/unique_fd.hpp>

#include <cerrno>
#include <cstdlib>
#include <system_error>

namespace gyre::test {
namespace {

using detail::unique_fd;

void check(int status, const char* what) {
    if (status != 0) throw std::system_error(status, std::generic_category(), what);
}

// Takes what a program prints, however much.
unique_fd sink() {
    unique_fd fd(::memfd_create("output", MFD_CLOEXEC));
    if (!fd) throw std::system_error(errno, std::generic_category(), "memfd_create");
    return fd;
}

std::string contents(const unique_fd& fd) {
    std::string text(static_cast<std::size_t>(::lseek(fd.get(), 0, SEEK_END)), '\0');
    check(::pread(fd.get(), text.data(), text.size(), 0) == static_cast<ssize_t>(text.size()) ? 0 : EIO, "pread");
    return text;
}

// A process of ours: killed, and reaped, at the end.
class child {
public:
    child(const std::vector<std::string>& words, int out, int err) {
        std::vector<char*> arguments;
        for (const std::string& word : words) arguments.push_back(const_cast<char*>(word.c_str()));
        arguments.push_back(nullptr);
        posix_spawn_file_actions_t actions;
        check(::posix_spawn_file_actions_init(&actions), "posix_spawn_file_actions_init");
        ::posix_spawn_file_actions_addopen(&actions, 0, "/dev/null", O_RDONLY, 0);
        ::posix_spawn_file_actions_adddup2(&actions, out, 1);
        ::posix_spawn_file_actions_adddup2(&actions, err, 2);
        const int status = ::posix_spawnp(&pid_, arguments[0], &actions, nullptr, arguments.data(), environ);
        ::posix_spawn_file_actions_destroy(&actions);
        check(status, words.front().c_str());
        fd_.reset(static_cast<int>(::syscall(SYS_pidfd_open, pid_, 0)));
        if (fd_) return;
        const int error = errno;
        ::kill(pid_, SIGKILL);
        reap();
        check(error, "pidfd_open");
    }
    child(const child&) = delete;
    ~child() {
        if (pid_ < 0) return;
        ::kill(pid_, SIGKILL);
        reap();
    }
    int fd() const noexcept { return fd_.get(); }
    int reap() noexcept {
        int status = 0;
        ::waitpid(pid_, &status, 0);
        pid_ = -1;
        return WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
    }

private:
    pid_t pid_ = -1;
    unique_fd fd_;  // readable once it has ended
};

}  // namespace

std::string find_program(std::string_view name) {
    const char* const path = std::getenv("PATH");
    std::string_view rest = path != nullptr ? path : "/usr/bin:/bin";
    while (!rest.empty()) {
        const std::size_t colon = rest.find(':');
        const std::string candidate = std::string(rest.substr(0, colon)) + "/" + std::string(name);
        if (::access(candidate.c_str(), X_OK) == 0) return candidate;
        rest.remove_prefix(colon == std::string_view::npos ? rest.size() : colon + 1);
    }
    return {};
}

task<program_result> run_program(std::vector<std::string> words) {
    const unique_fd out = sink();
    const unique_fd err = sink();
    child process(words, out.get(), err.get());
    co_await wait_readable(process.fd());
    program_result result;
    result.status = process.reap();
    result.out = contents(out);
    result.err = contents(err);
    co_return result;
}

}  // namespace gyre::test
