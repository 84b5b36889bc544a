#include <gyre/runtime/combine/gather.hpp>
#include <gyre/runtime/combine/shielded.hpp>
#include <gyre/runtime/coroutine/errors.hpp>
#include <gyre/runtime/system/process.hpp>

#include <signal.h>

#include <algorithm>
#include <exception>
#include <optional>
#include <system_error>

namespace gyre {
namespace {

using detail::pipe_turn;
using detail::process_ref;
using detail::standard_stream;

constexpr std::size_t smallest_read = 4 * 1024;
constexpr std::size_t largest_read = 64 * 1024;

task<> feed(process_ref child, std::string_view input) {
    if (child->pipe(standard_stream::in) < 0) co_return;
    try {
        co_await detail::process_write(child, input);
    } catch (const std::system_error& e) {
        // The child does not want the rest.
        if (e.code() != std::errc::broken_pipe) throw;
    }
    child->close_pipe(standard_stream::in);
}

task<> drain(const std::optional<pipe_turn>& turn, std::string& into) {
    if (!turn) co_return;
    for (;;) {
        const std::size_t had = into.size();
        const std::size_t room = std::clamp(had, smallest_read, largest_read);
        into.resize(had + room);
        const std::size_t got = co_await detail::process_read(*turn, into.data() + had, room);
        into.resize(had + got);
        if (got == 0) break;
    }
    turn->child()->close_pipe(turn->stream());
}

task<> kill_and_wait(process_ref child) {
    child->kill();
    child->close_pipes();
    co_await detail::process_wait(child);
}

task<process_output> converse(process_ref child, std::string input) {
    process_output output;
    // Nothing has happened to the child when another task reads one of them.
    std::optional<pipe_turn> out, err;
    if (child->pipe(standard_stream::out) >= 0) out.emplace(child, standard_stream::out);
    if (child->pipe(standard_stream::err) >= 0) err.emplace(child, standard_stream::err);
    std::exception_ptr error;
    try {
        co_await gather(feed(child, input), drain(out, output.out), drain(err, output.err));
        output.status = co_await detail::process_wait(child);
    } catch (...) {
        error = std::current_exception();
    }
    if (error) {
        co_await detail::shielded_call(kill_and_wait(child));
        std::rethrow_exception(error);
    }
    co_return output;
}

task<> close_child(process_ref child) { co_await detail::shielded_call(kill_and_wait(child)); }

}  // namespace

const process_ref& process::state(const char* what) const {
    if (!state_) throw invalid_state_error(std::string("gyre: process::") + what + " on a process that was moved away");
    return state_;
}

detail::process_wait process::wait() const { return detail::process_wait(state("wait()")); }
task<process_output> process::communicate(std::string input) { return converse(state("communicate()"), std::move(input)); }

void process::send_signal(int number) { state("send_signal()")->send(number); }
void process::terminate() { send_signal(SIGTERM); }
void process::kill() { send_signal(SIGKILL); }

detail::process_read process::read_out(char* buffer, std::size_t size) {
    return detail::process_read(state("read_out()"), standard_stream::out, buffer, size);
}
detail::process_read process::read_err(char* buffer, std::size_t size) {
    return detail::process_read(state("read_err()"), standard_stream::err, buffer, size);
}
pipe_reader process::out() & { return pipe_reader(state("out()"), standard_stream::out); }
pipe_reader process::err() & { return pipe_reader(state("err()"), standard_stream::err); }
detail::process_write process::write_in(std::string_view data) { return detail::process_write(state("write_in()"), data); }
void process::close_in() { state("close_in()")->close_pipe(standard_stream::in); }

task<> process::close() { return close_child(state("close()")); }

}  // namespace gyre
