#pragma once
#include <gyre/runtime/coroutine/future_core.hpp>
#include <gyre/runtime/io/operation.hpp>
#include <gyre/runtime/io/read_buffer.hpp>
#include <gyre/runtime/loop/loop_state.hpp>
#include <gyre/runtime/system/exit_status.hpp>
#include <gyre/runtime/system/start_child.hpp>

#include <array>
#include <cstdint>
#include <string>

namespace gyre::detail {

// A child process, shared by its process object and by what is under way on it. When the object goes, the child is killed and reaped: in
// the background while the loop runs, on the spot when the loop closes or is gone, so that no zombie is left.
class process_state final : public loop_service {
public:
    // Starts it. Throws: std::system_error.
    process_state(loop_state& loop, const command_settings& settings);
    process_state(const process_state&) = delete;

    void add_reference() noexcept { ++references_; }
    void release() noexcept {
        if (--references_ == 0) delete this;
    }

    int pid() const noexcept { return pid_; }
    int pidfd() const noexcept { return pidfd_.get(); }
    // For messages: "'cat' (pid 7)".
    std::string title() const;
    // "the standard output of 'cat' (pid 7)".
    std::string title_of(standard_stream which) const;
    // Throws: invalid_state_error for a task of another loop.
    void admit(const scheduler& loop) const;

    // Reaps the child if it has ended.
    bool ended() noexcept;
    // Of one that has ended, or is about to.
    const exit_status& status() noexcept;

    // Nothing when it has ended. Throws: std::system_error, for example when the child has become another user's.
    void send(int number);
    void kill() noexcept;

    // -1 when the stream is no pipe, or closed.
    int pipe(standard_stream which) const noexcept { return pipes_[index_of(which)].get(); }
    // Throws: invalid_state_error when the stream is no pipe, or closed.
    int require_pipe(standard_stream which) const;
    // Cancels what is under way on it.
    void close_pipe(standard_stream which) noexcept;
    void close_pipes() noexcept;

    // Our side of a stream that the child writes: what came and was not asked for yet, and whether a pipe_turn is out. It alone touches
    // the bytes then: the kernel may be writing behind them.
    struct incoming {
        read_buffer unread;
        bool being_read = false;
    };
    incoming& incoming_from(standard_stream which) noexcept { return incoming_[index_of(which) - index_of(standard_stream::out)]; }
    // Throws: invalid_state_error when a pipe_turn is out.
    incoming& require_free(standard_stream which);

    // The process object has gone.
    void abandon() noexcept;

private:
    // Waits for the end of an abandoned child; holds a reference meanwhile.
    class background_wait final : public operation {
    public:
        explicit background_wait(process_state& child) noexcept : child_(child) {}
        void completed() noexcept override { child_.background_ended(); }

    private:
        process_state& child_;
    };

    ~process_state() { list_hook<loop_service>::unlink(); }
    void loop_closing() noexcept override;
    bool wait_in_background() noexcept;
    void background_ended() noexcept;
    void reap_here() noexcept;

    loop_state* loop_;  // null once it has closed
    std::string program_;
    pid_t pid_ = -1;
    unique_fd pidfd_;
    std::array<unique_fd, 3> pipes_;
    std::array<incoming, 2> incoming_;
    exit_status status_;
    bool ended_ = false;
    bool in_background_ = false;
    std::uint32_t references_ = 1;
    background_wait background_{*this};
};

using process_ref = core_ref<process_state>;

}  // namespace gyre::detail
