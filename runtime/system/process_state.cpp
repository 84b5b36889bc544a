#include <gyre/runtime/coroutine/errors.hpp>
#include <gyre/runtime/system/pidfd.hpp>
#include <gyre/runtime/system/process_state.hpp>

#include <poll.h>
#include <signal.h>

#include <cerrno>
#include <stdexcept>
#include <string_view>
#include <system_error>

namespace gyre::detail {
namespace {

constexpr std::array<std::string_view, 3> setters = {"in", "out", "err"};

}  // namespace

process_state::process_state(loop_state& loop, const command_settings& settings) : loop_(&loop), program_(settings.words.front()) {
    // Last: from here on nothing may fail.
    started_child child = start_child(settings);
    pid_ = child.pid;
    pidfd_ = std::move(child.pidfd);
    pipes_ = std::move(child.pipes);
    ended_ = !pidfd_;
    loop.add_service(*this);
}

std::string process_state::title() const { return "'" + program_ + "' (pid " + std::to_string(pid_) + ")"; }
std::string process_state::title_of(standard_stream which) const { return "the " + std::string(name_of(which)) + " of " + title(); }

void process_state::admit(const scheduler& loop) const {
    if (loop_ == &loop) return;
    throw invalid_state_error("gyre: the process " + title() +
                              " belongs to another event loop, or to one that has closed; use it in the loop that started it");
}

bool process_state::ended() noexcept {
    if (ended_) return true;
    const auto status = reap(pidfd_.get(), waiting::no);
    if (status) status_ = *status;
    ended_ = status.has_value();
    return ended_;
}

const exit_status& process_state::status() noexcept {
    if (!ended()) {
        status_ = reap(pidfd_.get(), waiting::yes).value_or(exit_status());
        ended_ = true;
    }
    return status_;
}

void process_state::send(int number) {
    if (ended()) return;
    const int error = send_signal(pidfd_.get(), number);
    if (error == 0 || error == ESRCH) return;
    if (error == EINVAL) throw std::invalid_argument("gyre: cannot send signal " + std::to_string(number) + ": there is no such signal");
    throw std::system_error(error, std::generic_category(), "gyre: cannot send signal " + std::to_string(number) + " to " + title());
}

void process_state::kill() noexcept {
    if (!ended()) send_signal(pidfd_.get(), SIGKILL);
}

int process_state::require_pipe(standard_stream which) const {
    const int fd = pipe(which);
    if (fd >= 0) return fd;
    throw invalid_state_error("gyre: " + title_of(which) + " is no pipe, or has been closed; start it with command::" +
                              std::string(setters[index_of(which)]) + "(gyre::stdio::pipe)");
}

process_state::incoming& process_state::require_free(standard_stream which) {
    incoming& from = incoming_from(which);
    if (!from.being_read) return from;
    throw invalid_state_error("gyre: " + title_of(which) +
                              " is being read by another task; let one task read it, or wait until the other's read is over");
}

void process_state::close_pipe(standard_stream which) noexcept {
    unique_fd& end = pipes_[index_of(which)];
    if (!end) return;
    if (loop_ != nullptr)
        loop_->io().close_detached(end.release());
    else
        end.reset();
}

void process_state::close_pipes() noexcept {
    for (const standard_stream which : {standard_stream::in, standard_stream::out, standard_stream::err}) close_pipe(which);
}

void process_state::abandon() noexcept {
    close_pipes();
    kill();
    if (!ended() && !wait_in_background()) reap_here();
}

bool process_state::wait_in_background() noexcept {
    if (loop_ == nullptr) return false;
    background_.code = opcode::poll;
    background_.fd = pidfd_.get();
    background_.flags = POLLIN;
    try {
        submit_operation(*loop_, background_);
    } catch (const std::exception&) {
        return false;
    }
    in_background_ = true;
    add_reference();
    return true;
}

void process_state::background_ended() noexcept {
    in_background_ = false;
    if (!ended()) reap_here();
    release();
}

void process_state::reap_here() noexcept {
    await_end(pidfd_.get());
    if (ended()) return;
    put_aside(std::move(pidfd_));
    ended_ = true;
}

void process_state::loop_closing() noexcept {
    if (in_background_) cancel_operation(*loop_, background_);
    loop_ = nullptr;
}

}  // namespace gyre::detail
