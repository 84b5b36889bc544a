#pragma once
#include <gyre/net/buffer.hpp>
#include <gyre/net/detail/transport.hpp>
#include <gyre/runtime/coroutine/startable.hpp>

#include <sys/socket.h>

#include <cerrno>
#include <cstdint>
#include <span>
#include <string_view>

namespace gyre::net::detail {

// Awaits one transfer on a stream. The record lives in the awaiting coroutine's frame: a plain read or write allocates nothing.
class stream_operation : public core::operation, public core::startable<stream_operation> {
public:
    void completed() noexcept override;
    void cancel() noexcept override { transport_->cancel(*this); }
    std::string_view what() const noexcept override { return core::name_of(code); }

protected:
    enum class until : std::uint8_t {
        some,  // bytes have moved
        all,   // all bytes have moved
    };
    stream_operation(core_ref<transport> on, core::opcode kind, until goal) noexcept : transport_(std::move(on)), goal_(goal) {
        code = kind;
    }
    ~stream_operation() = default;

    // The bytes that moved, or throws. 0: the end of the stream, or nothing was asked for.
    std::size_t moved(const char* doing);
    // Ends the await by what `result` says.
    [[noreturn]] void fail(const char* doing);
    bool incomplete() const noexcept { return size != 0; }
    // For writes of all bytes: throws when they have not all moved.
    void finish_write();
    // Counts bytes as moved.
    void advance(std::size_t n) noexcept;

    core_ref<transport> transport_;
    std::size_t done_ = 0;
    bool from_unread_ = true;
    bool piecewise_ = false;  // next_piece() is asked each time it is about to start

private:
    friend class core::startable<stream_operation>;
    void stopped_before_start() noexcept { result = -ECANCELED; }
    // False when it has ended without suspending.
    bool begin();
    void prepare_piece() noexcept;
    virtual void next_piece() noexcept {}
    void go_on() noexcept;

    until goal_;
};

class [[nodiscard("a read does nothing until it is awaited")]] read_some_awaiter final : public stream_operation {
public:
    read_some_awaiter(core_ref<transport> on, mutable_buffer into) noexcept
        : stream_operation(std::move(on), core::opcode::recv, until::some) {
        buffer = into.data();
        size = into.size();
    }
    std::size_t await_resume() { return moved("reading from"); }
};

// Reads behind what is unread, to find more there.
class [[nodiscard]] fill_awaiter final : public stream_operation {
public:
    fill_awaiter(core_ref<transport> on, mutable_buffer free) noexcept : stream_operation(std::move(on), core::opcode::recv, until::some) {
        buffer = free.data();
        size = free.size();
        from_unread_ = false;
    }
    std::size_t await_resume() {
        const std::size_t n = moved("reading from");
        transport_->unread().commit(n);
        return n;
    }
};

class [[nodiscard("a read does nothing until it is awaited")]] read_exactly_awaiter final : public stream_operation {
public:
    read_exactly_awaiter(core_ref<transport> on, mutable_buffer into) noexcept
        : stream_operation(std::move(on), core::opcode::recv, until::all), into_(into) {
        buffer = into.data();
        size = into.size();
        flags = MSG_WAITALL;
    }
    void await_resume();
    std::size_t received() const noexcept { return done_; }

private:
    mutable_buffer into_;
};

class [[nodiscard("a write does nothing until it is awaited")]] write_some_awaiter final : public stream_operation {
public:
    write_some_awaiter(core_ref<transport> on, const_buffer from) noexcept
        : stream_operation(std::move(on), core::opcode::send, until::some) {
        address = from.data();
        size = from.size();
    }
    std::size_t await_resume() { return moved("writing to"); }
};

class [[nodiscard("a write does nothing until it is awaited")]] write_all_awaiter final : public stream_operation {
public:
    write_all_awaiter(core_ref<transport> on, const_buffer from) noexcept
        : stream_operation(std::move(on), core::opcode::send, until::all) {
        address = from.data();
        size = from.size();
        flags = MSG_WAITALL;
    }
    void await_resume() { finish_write(); }
};

// Writes several buffers, in one operation when the socket takes them at once.
class [[nodiscard("a write does nothing until it is awaited")]] gather_write_awaiter final : public stream_operation {
public:
    gather_write_awaiter(core_ref<transport> on, const_buffer a, const_buffer b) noexcept;
    gather_write_awaiter(core_ref<transport> on, const_buffer a, const_buffer b, const_buffer c) noexcept;
    // The array stays the caller's until the write has ended.
    gather_write_awaiter(core_ref<transport> on, std::span<const const_buffer> pieces) noexcept;
    void await_resume() { finish_write(); }

private:
    explicit gather_write_awaiter(core_ref<transport> on) noexcept;
    void next_piece() noexcept override;

    std::span<const const_buffer> left_;
    std::size_t started_with_ = 0;  // of the first one left, already written
    std::size_t counted_ = 0;       // of done_, already taken off left_
    msghdr message_{};
    const_buffer rest_{nullptr, 0};
    const_buffer own_[3];
    unsigned own_count_ = 0;  // not yet in left_: an awaiter may move before it starts
};

class [[nodiscard]] shutdown_awaiter final : public stream_operation {
public:
    explicit shutdown_awaiter(core_ref<transport> on) noexcept : stream_operation(std::move(on), core::opcode::shutdown, until::some) {
        flags = SHUT_WR;
        size = 1;  // not a transfer of nothing
    }
    void await_resume();
};

}  // namespace gyre::net::detail
