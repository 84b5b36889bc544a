#pragma once
#include <gyre/runtime/io/io_awaiter.hpp>
#include <gyre/runtime/system/pipe_turn.hpp>
#include <gyre/runtime/system/process_state.hpp>

#include <coroutine>
#include <cstddef>
#include <span>
#include <string_view>
#include <utility>

namespace gyre::detail {

// Awaits something of a child process; keeps what it needs of it alive.
class process_awaiter : public io_awaiter {
public:
    template <class Promise>
    bool await_suspend(std::coroutine_handle<Promise> h) {
        branch& b = branch_of(h);
        child_->admit(b.owner());
        if (b.cancel_is_due() || !done_already()) return io_awaiter::await_suspend(h);
        branch_ = &b;
        return b.finish_now(h);
    }

protected:
    process_awaiter(opcode what, process_ref child) noexcept : io_awaiter(what), child_(std::move(child)) {}
    ~process_awaiter() = default;

    // Sets the result when there is nothing to wait for. May throw: nothing has begun.
    virtual bool done_already() = 0;

    process_ref child_;
};

class [[nodiscard("co_await it")]] process_wait final : public process_awaiter {
public:
    explicit process_wait(process_ref child) noexcept;
    std::string_view what() const noexcept override { return "process.wait"; }
    exit_status await_resume();

private:
    bool done_already() noexcept override { return child_->ended(); }
};

class pipe_read : public process_awaiter {
public:
    std::string_view what() const noexcept override { return from_ == standard_stream::out ? "process.read_out" : "process.read_err"; }

protected:
    // Throws: invalid_state_error when the stream is no pipe, or closed.
    pipe_read(process_ref child, standard_stream from, char* to, std::size_t bytes);
    ~pipe_read() = default;
    // How many bytes; 0 at the end, or for an empty buffer.
    std::size_t came();

    standard_stream from_;
};

// Reads what is there, first what came before and was not asked for.
class [[nodiscard("co_await it")]] process_read final : public pipe_read {
public:
    // Awaited while another has the turn to read, it throws.
    process_read(process_ref child, standard_stream from, char* to, std::size_t bytes) : pipe_read(std::move(child), from, to, bytes) {}
    // For the one who has it.
    process_read(const pipe_turn& mine, char* to, std::size_t bytes);
    std::size_t await_resume() { return came(); }

private:
    bool done_already() override;

    bool has_turn_ = false;
};

// Reads behind what came before, to find more there.
class [[nodiscard("co_await it")]] process_fill final : public pipe_read {
public:
    process_fill(const pipe_turn& mine, std::span<char> free) : pipe_read(mine.child(), mine.stream(), free.data(), free.size()) {}
    std::size_t await_resume();

private:
    bool done_already() noexcept override { return false; }
};

// Writes all of it, in as many pieces as the pipe takes.
class [[nodiscard("co_await it")]] process_write final : public process_awaiter {
public:
    // Throws: invalid_state_error when the child's input is no pipe, or closed.
    process_write(process_ref child, std::string_view data);
    std::string_view what() const noexcept override { return "process.write_in"; }
    void completed() noexcept override;
    void await_resume();

private:
    bool done_already() noexcept override { return left_.empty(); }
    void next_piece() noexcept;

    std::string_view left_;
};

}  // namespace gyre::detail
