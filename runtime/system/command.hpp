#pragma once
#include <gyre/runtime/coroutine/task.hpp>
#include <gyre/runtime/system/command_settings.hpp>
#include <gyre/runtime/system/process.hpp>

#include <concepts>
#include <coroutine>
#include <string>
#include <utility>
#include <vector>

namespace gyre {

namespace detail {

// Starts a child; gives no other task a turn.
class [[nodiscard("co_await it")]] process_start {
public:
    explicit process_start(command_settings settings) : settings_(std::move(settings)) {}

    bool await_ready() const noexcept { return false; }
    template <class Promise>
    bool await_suspend(std::coroutine_handle<Promise> h) noexcept {
        branch_ = &branch_of(h);
        return false;
    }
    process await_resume();

private:
    command_settings settings_;
    branch* branch_ = nullptr;
};

}  // namespace detail

// A program to run, with its arguments: a vector, which no shell ever sees, so nothing in it needs quoting.
//
//     auto result = co_await gyre::command("git").args("log", "-n", "1").cwd(folder).output();
//     if (!result.status.success()) fail(result.err);
//
// The child gets the standard streams and no other fd of the program's, no blocked signals, and every signal at its default action.
// It may be started as often as wanted.
// Thread: any, one at a time.
// Throws: std::invalid_argument for what cannot be handed to a program: an empty name, a NUL, a '=' in a variable's name, a negative fd.
class command {
public:
    // A name without a slash is looked up in the PATH of the child's environment; a relative path is so from the child's
    // working directory.
    explicit command(std::string program);
    // The opt-in for a shell: /bin/sh -c text. Never put into the text what comes from elsewhere; hand it over as an argument ($1, $2, ...;
    // the first .arg() is $0) or as a variable.
    static command shell(std::string text);

    command& arg(std::string value);
    command& args(std::vector<std::string> values);
    // The same, as args("-n", "1"): g++ 12 refuses a braced list inside a co_await expression.
    template <std::convertible_to<std::string>... Values>
        requires(sizeof...(Values) > 1)
    command& args(Values&&... values) {
        (arg(std::forward<Values>(values)), ...);
        return *this;
    }
    // Adds or replaces a variable.
    command& env(std::string name, std::string value);
    command& unset_env(std::string name);
    // Nothing of the program's own environment; what env() says stays, whatever the order.
    command& clear_env();
    // The child's working directory.
    command& cwd(std::string path);
    // Where a standard stream leads. When nothing is said: where the program's own does; with output(), the output and the error stream
    // are pipes, and the input is one when there is something to write, else null.
    // An fd stays the caller's, and open until the child has been started.
    // Throws: std::invalid_argument for a negative fd, and for stdio::merge of another stream than the error stream.
    command& in(stdio kind);
    command& in(int fd);
    command& out(stdio kind);
    command& out(int fd);
    command& err(stdio kind);
    command& err(int fd);

    // In a session of its own: without the terminal, and so without its Ctrl-C, and the leader of a process group, which kill(-pid, ...)
    // reaches with all its descendants.
    command& new_session();

    // Starts it. The loop's thread is held up until the program runs, or cannot.
    // Returns: the process; to drop it is to kill the child.
    // Cancel: before it begins; nothing is lost, since nothing is started then. Thread: a loop's.
    // Throws: std::system_error that names the program, and its working directory or what else was at fault.
    // Source: Linux 5.3 (pidfd_open).
    detail::process_start start() const;

    // Starts it, writes the input, reads its output and error stream to their ends, and waits for its end; see process::communicate().
    // A code other than 0 is no error here.
    // Cancel: the child is killed and reaped before cancelled_error comes out; what it wrote is lost. Thread: a loop's.
    // Throws: std::system_error as start(), and from a pipe.
    task<process_output> output(std::string input = std::string()) const;

private:
    command& lead(detail::standard_stream which, stdio kind);
    command& lead(detail::standard_stream which, int fd);

    detail::command_settings settings_;
};

}  // namespace gyre
