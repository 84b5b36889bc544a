#pragma once

#include <gyre/http/detail/receive_buffer.hpp>
#include <gyre/net/detail/stream_operation.hpp>

#include <cstddef>
#include <utility>

namespace gyre::http::detail {

// Reads what a client sends next into the connection's buffer. A wait that turns out to be long goes on without the buffer:
// for one byte.
class [[nodiscard]] head_read final : public net::detail::stream_operation {
public:
    // What an idle connection that may be used again soon keeps: enough for nearly every request.
    static constexpr std::size_t usual_buffer = 2048;

    // `place` points to it while it lives.
    head_read(net::detail::core_ref<net::detail::transport> on, receive_buffer& into, head_read*& place)
        : stream_operation(std::move(on), gyre::detail::opcode::recv, until::some), in_(into), place_(place) {
        place_ = this;
        const net::mutable_buffer room = in_.space(usual_buffer);
        buffer = room.data();
        size = room.size();
        from_unread_ = false;
        piecewise_ = true;
    }
    head_read(const head_read&) = delete;
    ~head_read() { place_ = nullptr; }

    // Lets go of the memory of the buffer, which is empty.
    void give_up_buffer() noexcept {
        if (branch_ == nullptr || branch_->waiting_on() != this) return;
        without_buffer_ = true;
        // It is started again: nobody has cancelled the task.
        cancel();
    }

    // Bytes that were added to the buffer; 0 at the end of the connection.
    std::size_t await_resume() {
        const std::size_t n = moved("reading from");
        if (n != 0 && in_.capacity() == 0) *in_.space(usual_buffer).data() = first_byte_;
        in_.commit(n);
        return n;
    }

private:
    void next_piece() noexcept override {
        if (!without_buffer_) return;
        in_.shrink(0);
        buffer = &first_byte_;
        size = 1;
    }

    receive_buffer& in_;
    head_read*& place_;
    bool without_buffer_ = false;
    char first_byte_ = 0;
};

}  // namespace gyre::http::detail
