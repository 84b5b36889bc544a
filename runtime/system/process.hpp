#pragma once
#include <gyre/runtime/coroutine/task.hpp>
#include <gyre/runtime/system/exit_status.hpp>
#include <gyre/runtime/system/pipe_reader.hpp>
#include <gyre/runtime/system/process_awaiters.hpp>

#include <cstddef>
#include <string>
#include <string_view>
#include <utility>

namespace gyre {

// How a process ended and what it wrote to those of its streams that were pipes.
struct process_output {
    process_output() {}

    exit_status status;
    std::string out, err;
};

// A child process that a command has started. Its end is noticed, and the child reaped, whoever waits for it or nobody.
// Thread: a loop's, of which all tasks that use it are.
class process {
public:
    process(process&& other) noexcept = default;
    process& operator=(process&& other) noexcept {
        if (this != &other) {
            abandon();
            state_ = std::move(other.state_);
        }
        return *this;
    }
    // Kills the child if it still runs, and has it reaped in the background.
    ~process() { abandon(); }

    // -1 when it was moved away.
    int pid() const noexcept { return state_ ? state_->pid() : -1; }

    // Waits for the child's end. Several tasks may wait, and one may ask again later: all get the same.
    // A child that waits to write to a full pipe never ends: read it, or use communicate().
    // Cancel: at once, nothing is lost: the child runs on. Thread: the loop's. Throws: invalid_state_error for a task of another loop.
    detail::process_wait wait() const;

    // Writes the input, closes it, and reads the output and the error stream to their ends, all at the same time, then waits for the
    // child's end. Streams that are no pipes are passed over, and so is the rest of an input that the child does not want.
    // A grandchild that has inherited a pipe keeps it open: the end comes when it has ended too.
    // Returns: what was read, and how the child ended. Of a stream that has been read from, the rest.
    // Cancel: the child is killed and reaped before cancelled_error comes out; what was read is lost. Thread: the loop's.
    // Throws: std::system_error from a pipe; then too the child is killed. invalid_state_error, with the child left as it is, while another
    // task reads by out() or err().
    task<process_output> communicate(std::string input = std::string());

    // Sends a signal. Nothing when the child has ended: its number is never mistaken for another process's.
    // Thread: the loop's. Throws: std::invalid_argument for no signal's number; std::system_error when the system forbids it.
    void send_signal(int number);
    // SIGTERM, which asks; SIGKILL, which does not.
    void terminate();
    void kill();

    // The child's output and its error stream, to read by the line and by all that pipe_reader has. What it gives stays good when the
    // process is moved.
    // Returns: the same reader each time, as it were: what one has read ahead, the others and read_out() find.
    // Thread: the loop's. Throws: invalid_state_error when the stream is no pipe, or closed.
    pipe_reader out() &;
    pipe_reader err() &;

    // Reads what is there. Returns: the number of bytes, at least 1, or 0 at the end of the stream.
    // Cancel: at once, no byte is lost. Thread: the loop's.
    // Throws: std::system_error; invalid_state_error when the stream is no pipe, or closed, or another task reads it by out() or err().
    detail::process_read read_out(char* buffer, std::size_t size);
    detail::process_read read_err(char* buffer, std::size_t size);
    // Writes all of the data, which stays in place until then.
    // Cancel: at once; how much has been written is lost. Thread: the loop's.
    // Throws: std::system_error, EPIPE when the child has ended or closed its input (never SIGPIPE); invalid_state_error when
    // the input is no pipe, or closed.
    detail::process_write write_in(std::string_view data);
    // The child finds the end of its input. Idempotent. Throws: invalid_state_error when it was moved away.
    void close_in();

    // Kills the child if it still runs, closes the pipes, and waits for its end. Idempotent. For `with`:
    //     co_await gyre::with(gyre::command("server").start(), [&](gyre::process& p) -> gyre::task<> { ... });
    // Cancel: does not end it, nothing is lost: the request stays pending. Thread: the loop's.
    // Throws: invalid_state_error when it was moved away, or for a task of another loop.
    task<> close();

    // For the library.
    explicit process(detail::process_ref state) noexcept : state_(std::move(state)) {}

private:
    // Throws: invalid_state_error when it was moved away.
    const detail::process_ref& state(const char* what) const;
    void abandon() noexcept {
        if (state_) state_->abandon();
    }

    detail::process_ref state_;
};

}  // namespace gyre
