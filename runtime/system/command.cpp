#include <gyre/runtime/system/command.hpp>
#include <gyre/runtime/system/pidfd.hpp>

#include <stdexcept>

namespace gyre {
namespace {

using detail::command_settings;
using detail::standard_stream;

std::string without_nul(std::string text, const char* what) {
    if (text.find('\0') == std::string::npos) return text;
    throw std::invalid_argument(std::string("gyre: command: ") + what +
                                " has a NUL in it, which would cut it short; hand such data over through a file or the child's input");
}

std::string variable_name(std::string name) {
    if (name.empty() || name.find('=') != std::string::npos)
        throw std::invalid_argument("gyre: command: '" + name + "' is no name of a variable; it must not be empty, nor have a '=' in it");
    return without_nul(std::move(name), "the name of a variable");
}

task<process_output> run_to_end(command_settings settings, std::string input) {
    process child = co_await detail::process_start(std::move(settings));
    co_return co_await child.communicate(std::move(input));
}

}  // namespace

process detail::process_start::await_resume() {
    if (branch_->cancel_is_due()) branch_->throw_cancelled();
    reap_late_ones();
    return process(process_ref(new process_state(loop_of(*branch_), settings_)));
}

command::command(std::string program) : settings_(without_nul(std::move(program), "the program's name")) {
    if (settings_.words.front().empty()) throw std::invalid_argument("gyre: command: the program has no name");
}

command command::shell(std::string text) {
    command result("/bin/sh");
    result.arg("-c").arg(std::move(text));
    return result;
}

command& command::arg(std::string value) {
    settings_.words.push_back(without_nul(std::move(value), "an argument"));
    return *this;
}

command& command::args(std::vector<std::string> values) {
    for (std::string& value : values) arg(std::move(value));
    return *this;
}

command& command::env(std::string name, std::string value) {
    std::string checked = variable_name(std::move(name));
    settings_.variables.emplace_back(std::move(checked), without_nul(std::move(value), "the value of a variable"));
    return *this;
}

command& command::unset_env(std::string name) {
    settings_.variables.emplace_back(variable_name(std::move(name)), std::nullopt);
    return *this;
}

command& command::clear_env() {
    settings_.own_environment = false;
    return *this;
}

command& command::cwd(std::string path) {
    settings_.directory = without_nul(std::move(path), "the working directory");
    return *this;
}

command& command::lead(standard_stream which, stdio kind) {
    if (kind == stdio::merge && which != standard_stream::err)
        throw std::invalid_argument("gyre: command: only the error stream can be merged, into the output: err(gyre::stdio::merge)");
    auto& to = settings_.streams[detail::index_of(which)];
    to.kind = kind;
    to.fd = -1;
    return *this;
}

command& command::lead(standard_stream which, int fd) {
    if (fd < 0) throw std::invalid_argument("gyre: command: " + std::to_string(fd) + " is no open file descriptor");
    auto& to = settings_.streams[detail::index_of(which)];
    to.kind.reset();
    to.fd = fd;
    return *this;
}

command& command::in(stdio kind) { return lead(standard_stream::in, kind); }
command& command::in(int fd) { return lead(standard_stream::in, fd); }
command& command::out(stdio kind) { return lead(standard_stream::out, kind); }
command& command::out(int fd) { return lead(standard_stream::out, fd); }
command& command::err(stdio kind) { return lead(standard_stream::err, kind); }
command& command::err(int fd) { return lead(standard_stream::err, fd); }

command& command::new_session() {
    settings_.new_session = true;
    return *this;
}

detail::process_start command::start() const { return detail::process_start(settings_); }

task<process_output> command::output(std::string input) const {
    command_settings settings = settings_;
    const auto unless_chosen = [&](standard_stream which, stdio kind) {
        auto& to = settings.streams[detail::index_of(which)];
        if (!to.chosen()) to.kind = kind;
    };
    unless_chosen(standard_stream::in, input.empty() ? stdio::null : stdio::pipe);
    unless_chosen(standard_stream::out, stdio::pipe);
    unless_chosen(standard_stream::err, stdio::pipe);
    return run_to_end(std::move(settings), std::move(input));
}

}  // namespace gyre
