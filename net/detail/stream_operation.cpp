#include <gyre/net/detail/socket.hpp>
#include <gyre/net/detail/stream_operation.hpp>
#include <gyre/net/error.hpp>

#include <algorithm>
#include <climits>
#include <string>
#include <utility>

namespace gyre::net::detail {
namespace {

const char* cure_of(int code) noexcept {
    switch (code) {
        case ECONNRESET:
            return "; the peer dropped the connection";
        case EPIPE:
            return "; the peer has closed the connection, or this end was shut down for writing";
        case ETIMEDOUT:
            return "; the peer stopped answering";
        default:
            return "";
    }
}

}  // namespace

void stream_operation::advance(std::size_t n) noexcept {
    done_ += n;
    size -= n;
    if (code == core::opcode::recv)
        buffer = static_cast<char*>(buffer) + n;
    else if (code == core::opcode::send)
        address = static_cast<const char*>(address) + n;
}

bool stream_operation::begin() {
    transport_->require_loop_of(*branch_);
    result = 0;
    if (size == 0) return false;
    if (code == core::opcode::recv && from_unread_ && !transport_->unread().empty()) {
        advance(transport_->unread().take(static_cast<char*>(buffer), size));
        if (goal_ == until::some || size == 0) return false;
    }
    prepare_piece();
    return transport_->start(*this);
}

void stream_operation::prepare_piece() noexcept {
    if (piecewise_) next_piece();
    if (code == core::opcode::recv) poll_first = transport_->drained();
}

void stream_operation::completed() noexcept {
    if (result > 0 && code != core::opcode::shutdown) {
        advance(static_cast<std::size_t>(result));
        if (code == core::opcode::recv) transport_->set_drained(!more_ready);
        if (goal_ == until::all && size != 0) {
            if (!branch_->cancel_is_due()) return go_on();
            result = -ECANCELED;
        }
    }
    // Interrupted, or cancelled by a request that was taken back since.
    const bool pointless = result == -EINTR || (result == -ECANCELED && !transport_->closed());
    if (pointless && !branch_->cancel_is_due()) return go_on();
    branch_->wake();
}

void stream_operation::go_on() noexcept {
    prepare_piece();
    if (!transport_->start(*this)) branch_->wake();
}

std::size_t stream_operation::moved(const char* doing) {
    if (result < 0 && done_ == 0) fail(doing);
    return done_;
}

void stream_operation::fail(const char* doing) {
    if (result == -ECANCELED && (branch_->cancel_is_due() || !transport_->closed())) branch_->throw_cancelled();
    if (transport_->closed()) {
        const char* when = result == -EBADF ? ": it is closed already" : ": it was closed meanwhile, by this side";
        throw error(errc::closed, "gyre: " + std::string(doing) + " " + transport_->peer() + when);
    }
    // A layer may have reasons of its own to stop.
    throw_system_error(-result, std::string(doing) + " " + transport_->peer(), cure_of(-result));
}

void stream_operation::finish_write() {
    if (!incomplete()) return;
    if (result == 0) result = -EPIPE;
    fail("writing to");
}

void read_exactly_awaiter::await_resume() {
    if (!incomplete()) return;
    if (result == -ECANCELED) transport_->unread().put_back(into_.data(), done_);
    if (result < 0) fail("reading from");
    throw incomplete_read_error(transport_->peer(), into_.size(), done_);
}

// gather_write_awaiter: `size` counts all that is left, so that the base knows when it is done; what the operation itself
// sends is told by `address`.

gather_write_awaiter::gather_write_awaiter(core_ref<transport> on) noexcept
    : stream_operation(std::move(on), core::opcode::sendmsg, until::all), own_{{nullptr, 0}, {nullptr, 0}, {nullptr, 0}} {
    flags = MSG_WAITALL;
    piecewise_ = true;
}
gather_write_awaiter::gather_write_awaiter(core_ref<transport> on, const_buffer a, const_buffer b) noexcept
    : gather_write_awaiter(std::move(on)) {
    own_[0] = a;
    own_[1] = b;
    own_count_ = 2;
    size = a.size() + b.size();
}
gather_write_awaiter::gather_write_awaiter(core_ref<transport> on, const_buffer a, const_buffer b, const_buffer c) noexcept
    : gather_write_awaiter(std::move(on)) {
    own_[0] = a;
    own_[1] = b;
    own_[2] = c;
    own_count_ = 3;
    size = a.size() + b.size() + c.size();
}
gather_write_awaiter::gather_write_awaiter(core_ref<transport> on, std::span<const const_buffer> pieces) noexcept
    : gather_write_awaiter(std::move(on)) {
    left_ = pieces;
    for (const const_buffer& piece : pieces) size += piece.size();
}

void gather_write_awaiter::next_piece() noexcept {
    if (own_count_ != 0) left_ = std::span(own_, std::exchange(own_count_, 0U));
    started_with_ += done_ - counted_;
    counted_ = done_;
    while (!left_.empty() && started_with_ >= left_.front().size()) {
        started_with_ -= left_.front().size();
        left_ = left_.subspan(1);
    }
    // A piece that was cut goes alone, so that the caller's array is sent as it stands: no copy of it for the common case.
    const std::size_t count = started_with_ != 0 ? 1 : std::min<std::size_t>(left_.size(), IOV_MAX);
    if (started_with_ != 0) {
        rest_ = const_buffer(left_.front().data() + started_with_, left_.front().size() - started_with_);
        message_.msg_iov = const_cast<iovec*>(&rest_.as_iovec());
    } else {
        message_.msg_iov = const_cast<iovec*>(&left_.front().as_iovec());
    }
    message_.msg_iovlen = count;
    address = &message_;
}

void shutdown_awaiter::await_resume() {
    // A peer that is gone has been told enough.
    if (result < 0 && result != -ENOTCONN) fail("ending the writing to");
}

}  // namespace gyre::net::detail
