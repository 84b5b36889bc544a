#include <gyre/http/client/client_options.hpp>
#include <gyre/http/client/detail/call.hpp>
#include <gyre/http/client/detail/connection.hpp>
#include <gyre/http/client/detail/host_pool.hpp>
#include <gyre/http/client/detail/keep_alive.hpp>
#include <gyre/http/client/detail/pool.hpp>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <utility>

namespace gyre::http::detail {
namespace {

// Holds most responses that are not downloads, head and body.
constexpr std::size_t usual_buffer = 4096;
// And most heads alone.
constexpr std::size_t usual_head = 1024;
constexpr std::uint64_t long_body = 16 * 1024;
// For chunked bodies that turn out to be long.
constexpr std::size_t largest_buffer = 64 * 1024;
// Content-Length is believed so far; beyond it memory grows with what comes.
constexpr std::uint64_t trusted_length = std::uint64_t{1} << 20;
// Receives straight into a body: room is made when there is less, and how much at first.
constexpr std::size_t least_receive = 4 * 1024;
constexpr std::size_t first_receive = 16 * 1024;
// What is read of a response that nobody wants, if it is there, to keep the connection.
constexpr std::size_t most_drained = 64 * 1024;
constexpr int most_interim = 16;

}  // namespace

void connection::receive_into_buffer(bool wait_first) {
    const bool long_chunks = in_body_ && !body_.plain() && filled_ && in_.capacity() < largest_buffer;
    const net::mutable_buffer room = in_.space(long_chunks ? in_.capacity() * 2 : usual_buffer);
    // A long body is better received where it goes than copied there.
    const bool head_only = host_->sends_long_bodies && !in_body_;
    receive(target::buffer, room.data(), head_only ? std::min(room.size(), usual_head) : room.size(), wait_first);
}

void connection::receive_body(bytes& into, bool whole, std::size_t piece) {
    if (!body_.plain()) return receive_into_buffer(false);
    std::uint64_t room = piece;
    if (whole) {
        room = into.capacity() - into.size();
        if (room < least_receive) room = std::max<std::uint64_t>(into.size(), first_receive);
    }
    // One byte more than the body has: what comes behind it is found at once.
    const std::uint64_t left = body_.left();
    room = std::min(room, left == UINT64_MAX ? left : left + 1);
    into.reserve(into.size() + static_cast<std::size_t>(room));
    incoming_ = std::move(into);
    receive(target::body, incoming_.data() + incoming_.size(), static_cast<std::size_t>(room), false);
}

void connection::receive(target into, void* to, std::size_t room, bool wait_first) {
    target_ = into;
    receive_.code = core::opcode::recv;
    receive_.buffer = to;
    receive_.size = room;
    receive_.flags = 0;
    receive_.poll_first = wait_first || !receive_.more_ready;
    if (!receive_.start(transport())) static_cast<void>(fail_by_end());
}

void connection::received() noexcept {
    const int result = receive_.result;
    const bool stopped = std::exchange(giving_up_buffer_, false) && result == -ECANCELED;
    switch (state_) {
        case use::closed:
            return;
        case use::idle:
            if (stopped) {
                in_.shrink(0);
                return receive(target::first_byte, &first_byte_, 1, true);
            }
            at_end_ = true;
            surplus_ = result > 0;
            return pool_->idle_ended(*this);
        case use::assigned:
            // Closed by the peer, or unasked-for bytes: whatever comes next on it belongs to nobody.
            if (stopped) return;
            at_end_ = true;
            surplus_ = result > 0;
            return;
        case use::active:
            break;
    }
    if (stopped || result == -EINTR) return receive(target_, receive_.buffer, receive_.size, stopped);
    now_ = loop().now();
    if (result > 0)
        store(static_cast<std::size_t>(result));
    else if (result == 0)
        at_end_ = true;
    else
        receive_error_ = -result;
    stop_limit();
    notify();
}

// Puts what came where it belongs.
void connection::store(std::size_t n) {
    filled_ = n == receive_.size;
    response_began_ = true;
    switch (target_) {
        case target::body:
            return incoming_.set_size(incoming_.size() + n);
        case target::first_byte:
            *in_.space(usual_buffer).data() = first_byte_;
            break;
        case target::buffer:
            break;
    }
    in_.commit(n);
}

exchange::state connection::read_head(response_head& out, bool& ended) {
    ended = false;
    if (failure_) return state::failed;
    try {
        while (const auto place = finder_.find_end(in_.view())) {
            parse_response_head(place->of(in_.view()), call_->method, pool_->limits(), out);
            in_.consume(place->end);
            finder_.reset();
            if (out.status() == 101) gyre::http::detail::fail(parse_error::bad_status, "101 Switching Protocols, which was not asked for");
            if (!out.is_interim()) {
                begin_body(out);
                ended = body_.complete();
                if (ended) finish();
                return state::ready;
            }
            if (++interim_ > most_interim)
                gyre::http::detail::fail(parse_error::bad_status, "more than 16 interim (1xx) responses before the real one");
        }
    } catch (const message_error& e) {
        return fail_by_rule(e);
    }
    if (at_end_ || receive_error_ != 0) return fail_by_end();
    if (!receive_.in_flight()) {
        limit_wait_for_more();
        receive_into_buffer(false);
    }
    return failure_ ? state::failed : state::pending;
}

void connection::begin_body(const response_head& head) {
    const keep_alive_hint hint = keep_alive_of(head.headers());
    idle_limit_ = hint.until;
    keep_ = head.keep_alive() && hint.at_all && send_error_ == 0 && !call_->request_headers.has_token("connection", "close");
    body_.begin(head.body());
    in_body_ = true;
    host_->sends_long_bodies = body_.plain() && body_.left() > long_body;
}

void connection::take_incoming(bytes& into) {
    target_ = target::buffer;
    into = std::move(incoming_);
    if (at_end_ || receive_error_ != 0) return;
    const auto n = static_cast<std::size_t>(receive_.result);
    const std::size_t of_body = body_.count(n);
    surplus_ = of_body < n;
    into.set_size(into.size() - (n - of_body));
}

exchange::state connection::read_body(bytes& into, bool whole, std::size_t piece, bool& ended) {
    ended = false;
    if (failure_) return state::failed;
    if (receive_.in_flight()) return state::pending;  // by a read that was cancelled
    if (target_ == target::body) take_incoming(into);
    const std::size_t most = whole ? static_cast<std::size_t>(-1) : piece;
    try {
        // Room for all of it at once.
        if (whole && into.empty() && body_.plain() && !body_.ends_with_connection()) {
            const std::uint64_t left = body_.left();
            into.reserve(static_cast<std::size_t>(std::min(trusted_length, in_.view().size() >= left ? left : left + 1)));
        }
        if (body_.take(in_, into, most, at_end_)) {
            if (body_.has_trailers()) call_->trailers = std::move(body_.trailers());
            ended = true;
            finish();
            return state::ready;
        }
    } catch (const message_error& e) {
        return fail_by_rule(e);
    }
    if (!whole && !into.empty()) return state::ready;
    if (at_end_ || receive_error_ != 0) return fail_by_end();
    // Who reads may have taken its time with the piece before.
    now_ = loop().now();
    limit_wait_for_more();
    receive_body(into, whole, piece);
    return failure_ ? state::failed : state::pending;
}

bool connection::more_behind() noexcept {
    const int there = transport().look();
    surplus_ = surplus_ || there > 0;
    return there != -EAGAIN;
}

// Reads to the end of the body if it is there already; true when it was.
bool connection::drain() {
    if (!in_body_ || body_.ends_with_connection() || !keep_ || send_.in_flight() || receive_.in_flight() || failure_) return false;
    bytes dropped;
    if (target_ == target::body) take_incoming(dropped);
    std::size_t drained = 0;
    while (!at_end_ && receive_error_ == 0) {
        dropped.set_size(0);
        if (body_.take(in_, dropped, static_cast<std::size_t>(-1), false)) return true;
        if (drained >= most_drained || (body_.plain() && body_.left() > most_drained)) return false;
        const net::mutable_buffer room = in_.space(usual_buffer);
        const std::ptrdiff_t n = transport().receive_now(room);
        if (n <= 0) return false;
        filled_ = static_cast<std::size_t>(n) == room.size();
        in_.commit(static_cast<std::size_t>(n));
        drained += static_cast<std::size_t>(n);
    }
    return false;
}

}  // namespace gyre::http::detail
