#include <gyre/runtime/system/find_program.hpp>
#include <gyre/runtime/system/pidfd.hpp>
#include <gyre/runtime/system/start_child.hpp>

#include <fcntl.h>
#include <signal.h>
#include <spawn.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <new>
#include <string>
#include <string_view>
#include <system_error>

namespace gyre::detail {
namespace {

using stream = standard_stream;
using destination = command_settings::destination;

[[noreturn]] void throw_start_error(int code, const command_settings& settings, const std::string& why) {
    throw std::system_error(code, std::generic_category(), "gyre: cannot start '" + settings.words.front() + "'" + why);
}

// ---------------------------------------------------------------- what the child is told

std::vector<std::string> environment_of(const command_settings& settings) {
    std::vector<std::string> result;
    if (settings.own_environment)
        for (char** variable = ::environ; variable != nullptr && *variable != nullptr; ++variable) result.emplace_back(*variable);
    for (const auto& [name, value] : settings.variables) {
        const std::string start = name + '=';
        std::erase_if(result, [&](const std::string& v) { return v.starts_with(start); });
        if (value) result.push_back(start + *value);
    }
    return result;
}

std::vector<char*> pointers_to(const std::vector<std::string>& texts) {
    std::vector<char*> result;
    result.reserve(texts.size() + 1);
    for (const std::string& text : texts) result.push_back(const_cast<char*>(text.c_str()));
    result.push_back(nullptr);
    return result;
}

std::size_t bytes_of(const std::vector<std::string>& texts) {
    std::size_t sum = 0;
    for (const std::string& text : texts) sum += text.size() + 1;
    return sum;
}

unique_fd open_directory(const command_settings& settings) {
    if (settings.directory.empty()) return unique_fd();
    unique_fd directory(::open(settings.directory.c_str(), O_PATH | O_DIRECTORY | O_CLOEXEC));
    const bool may_enter = directory && ::faccessat(directory.get(), ".", X_OK, AT_EACCESS) == 0;
    if (!may_enter) throw_start_error(errno, settings, ": its working directory '" + settings.directory + "' cannot be entered");
    return directory;
}

// ---------------------------------------------------------------- streams

void require(int status) {
    if (status != 0) throw std::bad_alloc();
}

// What posix_spawn() is to do in the child between its birth and the program.
class spawn_plan {
public:
    spawn_plan() {
        require(::posix_spawn_file_actions_init(&actions_));
        if (::posix_spawnattr_init(&attributes_) != 0) {
            ::posix_spawn_file_actions_destroy(&actions_);
            throw std::bad_alloc();
        }
    }
    spawn_plan(const spawn_plan&) = delete;
    ~spawn_plan() {
        ::posix_spawn_file_actions_destroy(&actions_);
        ::posix_spawnattr_destroy(&attributes_);
    }

    void copy(int from, int to) { require(::posix_spawn_file_actions_adddup2(&actions_, from, to)); }
    void change_directory(int to) { require(::posix_spawn_file_actions_addfchdir_np(&actions_, to)); }
    void close_above_streams() { require(::posix_spawn_file_actions_addclosefrom_np(&actions_, 3)); }

    void reset_signals(bool new_session) {
        sigset_t none;
        sigset_t all;
        ::sigemptyset(&none);
        ::sigfillset(&all);
        ::posix_spawnattr_setsigmask(&attributes_, &none);
        ::posix_spawnattr_setsigdefault(&attributes_, &all);
        const int session = new_session ? POSIX_SPAWN_SETSID : 0;
        ::posix_spawnattr_setflags(&attributes_, static_cast<short>(POSIX_SPAWN_SETSIGMASK | POSIX_SPAWN_SETSIGDEF | session));
    }

    const posix_spawn_file_actions_t* actions() const noexcept { return &actions_; }
    const posix_spawnattr_t* attributes() const noexcept { return &attributes_; }

private:
    posix_spawn_file_actions_t actions_;
    posix_spawnattr_t attributes_;
};

// The places of the standard streams are written over one after the other in the child: nothing that is copied there may stand there.
unique_fd above_streams(unique_fd fd) noexcept {
    if (fd.get() < 0 || fd.get() > 2) return fd;
    return unique_fd(::fcntl(fd.get(), F_DUPFD_CLOEXEC, 3));
}

// Makes one stream: gives what the child is to have there (nothing: what stands there), and keeps our end of a pipe.
unique_fd make_stream(stream which, const destination& to, unique_fd& ours) noexcept {
    if (to.fd >= 0) return unique_fd(::fcntl(to.fd, F_DUPFD_CLOEXEC, 3));
    if (to.kind == stdio::null) return above_streams(unique_fd(::open("/dev/null", O_RDWR | O_CLOEXEC)));
    std::array<int, 2> ends{};
    if (::pipe2(ends.data(), O_CLOEXEC) != 0) return unique_fd();
    unique_fd reader(ends[0]);
    unique_fd writer(ends[1]);
    if (which != stream::in) std::swap(reader, writer);
    ours = std::move(writer);
    return above_streams(std::move(reader));
}

std::array<unique_fd, 3> make_streams(const command_settings& settings, std::array<unique_fd, 3>& ours, spawn_plan& plan) {
    std::array<unique_fd, 3> theirs;
    for (const stream which : {stream::in, stream::out, stream::err}) {
        const std::size_t i = index_of(which);
        const destination& to = settings.streams[i];
        const stdio kind = to.kind.value_or(stdio::inherit);
        if (to.fd < 0 && kind == stdio::merge) plan.copy(1, 2);
        if (to.fd < 0 && (kind == stdio::inherit || kind == stdio::merge)) continue;
        theirs[i] = make_stream(which, to, ours[i]);
        if (!theirs[i]) throw_start_error(errno, settings, ": its " + std::string(name_of(which)) + " cannot be made");
        plan.copy(theirs[i].get(), static_cast<int>(i));
    }
    return theirs;
}

// ---------------------------------------------------------------- starting

std::string explain(int code, const std::string& path, int directory, std::size_t bytes) {
    switch (code) {
        case ENOENT:
            return ::faccessat(directory, path.c_str(), F_OK, 0) == 0 ? ": the file is there, the interpreter that it names is not" : "";
        case EACCES:
            return " (" + path + "), which this user may not execute";
        case ENOEXEC:
            return ": it is no program for this machine, and no script that begins with #!; command::shell() runs what a shell understands";
        case E2BIG:
            return " with arguments and environment of " + std::to_string(bytes) +
                   " bytes; hand it data through a file or its input instead";
        case EAGAIN:
            return ": the limit of processes is reached (ulimit -u)";
        default:
            return std::string();
    }
}

unique_fd pidfd_of(pid_t child, const command_settings& settings) {
    unique_fd pidfd = open_pidfd(child);
    if (pidfd || errno == ESRCH) return pidfd;
    const int error = errno;
    ::kill(child, SIGKILL);
    while (::waitpid(child, nullptr, 0) < 0 && errno == EINTR) {
    }
    throw_start_error(error, settings,
                      error == ENOSYS ? ": the kernel has no pidfd_open, which came with Linux 5.3" : ": it cannot be watched");
}

}  // namespace

started_child start_child(const command_settings& settings) {
    const std::vector<std::string> environment = environment_of(settings);
    const unique_fd directory = open_directory(settings);
    const int base = directory ? directory.get() : AT_FDCWD;
    const std::string program = find_program(settings.words.front(), environment, base);

    started_child started;
    spawn_plan plan;
    const std::array<unique_fd, 3> theirs = make_streams(settings, started.pipes, plan);
    if (directory) plan.change_directory(directory.get());
    plan.close_above_streams();
    plan.reset_signals(settings.new_session);

    const std::vector<char*> arguments = pointers_to(settings.words);
    const std::vector<char*> variables = pointers_to(environment);
    const int status = ::posix_spawn(&started.pid, program.c_str(), plan.actions(), plan.attributes(), arguments.data(), variables.data());
    if (status != 0) throw_start_error(status, settings, explain(status, program, base, bytes_of(settings.words) + bytes_of(environment)));
    started.pidfd = pidfd_of(started.pid, settings);
    return started;
}

}  // namespace gyre::detail
