#include <gyre/http/client/client_options.hpp>
#include <gyre/http/client/detail/call.hpp>
#include <gyre/http/client/detail/connection.hpp>
#include <gyre/http/client/detail/host_pool.hpp>
#include <gyre/http/client/detail/pool.hpp>
#include <gyre/http/headers/field_syntax.hpp>
#include <gyre/http/headers/token_list.hpp>
#include <gyre/net/error.hpp>

#include <algorithm>
#include <cerrno>
#include <charconv>
#include <chrono>
#include <cstring>
#include <utility>

namespace gyre::http::detail {
namespace {

// Holds most responses that are not downloads, head and body.
constexpr std::size_t usual_buffer = 4096;
// For chunked bodies that turn out to be long.
constexpr std::size_t largest_buffer = 64 * 1024;
// A body up to this size goes out in one piece with the head.
constexpr std::size_t small_body = 4096;
// Content-Length is believed so far; beyond it memory grows with what comes.
constexpr std::uint64_t trusted_length = std::uint64_t{1} << 20;
// Receives straight into a body: room is made when there is less, and how much at first.
constexpr std::size_t least_receive = 4 * 1024;
constexpr std::size_t first_receive = 16 * 1024;
// What is read of a response that nobody wants, if it is there, to keep the connection.
constexpr std::size_t most_drained = 64 * 1024;
constexpr int most_interim = 16;
// A server that stops reading an upload has often sent the reason.
constexpr std::chrono::seconds patience_after_write_error(1);

std::error_code system_code(int error) { return std::error_code(error, std::generic_category()); }

}  // namespace

connection::connection(pool& owner, host_pool& host, net::stream stream)
    : pool_(&owner),
      host_(&host),
      loop_(&owner.loop()),
      stream_(std::move(stream)),
      receive_(*this),
      send_(*this),
      finder_(head_kind::response, owner.limits()),
      now_(loop_->now()) {}

// ---------------------------------------------------------------- sending

void connection::start(call& request) {
    write_head(request);
    state_ = use::active;
    call_ = &request;
    failure_ = failure();
    sent_ = 0;
    send_error_ = receive_error_ = 0;
    interim_ = 0;
    framing_ = framing::head;
    response_began_ = surplus_ = keep_ = filled_ = false;
    finder_.reset();
    if (at_end_) {
        // It was given away alive and has died since.
        static_cast<void>(fail_by_end());
        return;
    }
    pool_->count_request();
    now_ = loop_->now();
    if (request.body && request.body->size() > small_body) body_ = request.body;
    send_more();
    if (state_ != use::active) return;
    limit_wait(
        is_sending_ && body_ ? pool_->options().write_timeout : request.first_byte_timeout.value_or(pool_->options().first_byte_timeout),
        body_ ? "write_timeout" : "first_byte_timeout");
    if (!is_receiving_) receive_into_buffer(true);
}

void connection::write_head(const call& request) {
    out_.clear();
    out_.append(request.method).append(" ").append(request.target->target()).append(" HTTP/1.1\r\n");
    if (request.request_headers.empty())
        out_ += host_->usual_fields();
    else
        write_fields(request);
    const std::size_t size = request.body ? request.body->size() : 0;
    const std::string_view method = request.method;
    if (size != 0 || request.body || method == "POST" || method == "PUT" || method == "PATCH") {
        char digits[20];
        const auto written = std::to_chars(digits, digits + sizeof digits, size);
        out_.append("Content-Length: ").append(digits, static_cast<std::size_t>(written.ptr - digits)).append("\r\n");
    }
    out_ += "\r\n";
    if (request.body && size <= small_body) out_ += *request.body;
}

// The request's own headers, and the usual ones that it does not replace.
void connection::write_fields(const call& request) {
    const headers& own = request.request_headers;
    for (const auto [name, value] : host_->usual_headers()) {
        if (!own.contains(name)) out_.append(name).append(": ").append(value).append("\r\n");
    }
    for (const auto [name, value] : own) out_.append(name).append(": ").append(value).append("\r\n");
}

void connection::send_more() noexcept {
    const std::size_t head = out_.size();
    if (body_ == nullptr || sent_ >= head) {
        const std::string& from = sent_ >= head && body_ ? *body_ : out_;
        const std::size_t at = sent_ >= head && body_ ? sent_ - head : sent_;
        send_.code = core::opcode::send;
        send_.address = from.data() + at;
        send_.size = from.size() - at;
    } else {
        pieces_[0] = {const_cast<char*>(out_.data() + sent_), head - sent_};
        pieces_[1] = {const_cast<char*>(body_->data()), body_->size()};
        message_.msg_iov = pieces_;
        message_.msg_iovlen = 2;
        send_.code = core::opcode::sendmsg;
        send_.address = &message_;
        send_.size = 0;
    }
    send_.flags = 0;
    if (!transport().start(send_)) {
        send_error_ = send_error_ != 0 ? send_error_ : EPIPE;
        static_cast<void>(fail_by_end());
        return;
    }
    is_sending_ = true;
    add_reference();
}

void connection::sending::completed() noexcept {
    owner.sent();
    owner.release();
}

void connection::sent() noexcept {
    is_sending_ = false;
    if (state_ == use::closed) return;
    const int result = send_.result;
    if (result < 0 && result != -EINTR) {
        send_error_ = -result;
        keep_ = false;
        body_.reset();
        if (framing_ != framing::head || response_began_) return;
        if (sent_ == 0) {
            static_cast<void>(fail_by_end());
            return;
        }
        // The answer may be on its way, or there.
        limit_wait(patience_after_write_error, "write_timeout");
        return;
    }
    if (result > 0) sent_ += static_cast<std::size_t>(result);
    if (sent_ < out_.size() + (body_ ? body_->size() : 0)) {
        now_ = loop_->now();
        if (framing_ == framing::head && !response_began_) limit_wait(pool_->options().write_timeout, "write_timeout");
        return send_more();
    }
    if (!body_) return;
    body_.reset();
    now_ = loop_->now();
    if (framing_ == framing::head && !response_began_)
        limit_wait(call_->first_byte_timeout.value_or(pool_->options().first_byte_timeout), "first_byte_timeout");
}

// ---------------------------------------------------------------- receiving

void connection::make_room(std::size_t least) {
    if (begin_ == end_) begin_ = end_ = 0;
    if (capacity_ - end_ >= least) return;
    const std::size_t held = end_ - begin_;
    if (held + least > capacity_) {
        const std::size_t grown = std::max({usual_buffer, capacity_ * 2, held + least});
        std::unique_ptr<char[]> larger(new char[grown]);
        if (held != 0) std::memcpy(larger.get(), buffer_.get() + begin_, held);
        buffer_ = std::move(larger);
        capacity_ = grown;
    } else if (begin_ != 0) {
        std::memmove(buffer_.get(), buffer_.get() + begin_, held);
    }
    begin_ = 0;
    end_ = held;
}

// Back to what an idle connection may keep.
void connection::forget_buffer() noexcept {
    begin_ = end_ = 0;
    if (capacity_ <= usual_buffer) return;
    buffer_.reset();
    capacity_ = 0;
}

void connection::receive_into_buffer(bool first_of_response) {
    make_room(framing_ == framing::chunked && filled_ && capacity_ < largest_buffer ? capacity_ * 2 : 1);
    direct_ = false;
    submit_receive(buffer_.get() + end_, capacity_ - end_, first_of_response);
}

void connection::receive_body(bytes& into, bool whole, std::size_t piece) {
    if (framing_ == framing::chunked) return receive_into_buffer(false);
    // One byte more than the body has: what comes behind it is found at once.
    const std::uint64_t left = framing_ == framing::counted ? remaining_ + 1 : UINT64_MAX;
    std::uint64_t room = piece;
    if (whole) {
        room = into.capacity() - into.size();
        if (room < least_receive) room = std::max<std::uint64_t>(into.size(), first_receive);
    }
    room = std::min(room, left);
    into.reserve(into.size() + static_cast<std::size_t>(room));
    incoming_ = std::move(into);
    direct_ = true;
    submit_receive(incoming_.data() + incoming_.size(), static_cast<std::size_t>(room), false);
}

void connection::submit_receive(void* to, std::size_t room, bool wait_first) {
    receive_.code = core::opcode::recv;
    receive_.buffer = to;
    receive_.size = room;
    receive_.flags = 0;
    receive_.poll_first = wait_first || !receive_.more_ready;
    if (!transport().start(receive_)) {
        static_cast<void>(fail_by_end());
        return;
    }
    is_receiving_ = true;
    add_reference();
}

void connection::receiving::completed() noexcept {
    owner.received();
    owner.release();
}

void connection::received() noexcept {
    is_receiving_ = false;
    const int result = receive_.result;
    switch (state_) {
        case use::closed:
            return;
        case use::idle:
        case use::assigned:
            // Closed by the peer, or unasked-for bytes: whatever comes next on it belongs to nobody.
            at_end_ = true;
            if (state_ == use::idle) pool_->idle_ended(*this, result > 0);
            return;
        case use::active:
            break;
    }
    now_ = loop_->now();
    if (result > 0) {
        filled_ = static_cast<std::size_t>(result) == receive_.size;
        response_began_ = true;
        if (direct_)
            incoming_.set_size(incoming_.size() + static_cast<std::size_t>(result));
        else
            end_ += static_cast<std::size_t>(result);
    } else if (result == 0) {
        at_end_ = true;
    } else if (result == -EINTR) {
        submit_receive(receive_.buffer, receive_.size, false);
        return;
    } else {
        receive_error_ = -result;
    }
    stop_limit();
    notify();
}

exchange::state connection::read_head(response_head& out, bool& ended) {
    ended = false;
    if (failure_) return state::failed;
    try {
        while (const auto place = finder_.find_end(buffered())) {
            parse_response_head(place->of(buffered()), call_->method, pool_->limits(), out);
            begin_ += place->end;
            finder_.reset();
            if (out.status() == 101) gyre::http::detail::fail(parse_error::bad_status, "101 Switching Protocols, which was not asked for");
            if (!out.is_interim()) {
                begin_body(out);
                ended = framing_ == framing::counted && remaining_ == 0;
                if (ended) finish();
                return state::ready;
            }
            if (++interim_ > most_interim)
                gyre::http::detail::fail(parse_error::bad_status, "more than 16 interim (1xx) responses before the real one");
        }
    } catch (const message_error& e) {
        failure why;
        why.what = failure::kind::protocol;
        why.rule = e.kind();
        why.message = e.what();
        return fail(std::move(why));
    }
    if (at_end_ || receive_error_ != 0) return fail_by_end();
    if (!is_receiving_) {
        limit_wait(call_->read_timeout.value_or(pool_->options().read_timeout), "read_timeout");
        receive_into_buffer(false);
    }
    return failure_ ? state::failed : state::pending;
}

void connection::begin_body(const response_head& head) {
    keep_ = head.keep_alive() && send_error_ == 0 && !(call_->request_headers.has_token("connection", "close"));
    keep_alive_hint_ = duration::zero();
    if (const auto hint = head.headers().get("keep-alive")) {
        for (const std::string_view part : token_list(*hint)) {
            constexpr std::string_view name = "timeout=";
            if (part.size() <= name.size() || !equals_ignoring_case(part.substr(0, name.size()), name)) continue;
            unsigned seconds = 0;
            const auto parsed = std::from_chars(part.data() + name.size(), part.data() + part.size(), seconds);
            if (parsed.ec != std::errc()) continue;
            if (seconds == 0) keep_ = false;
            // Gone before the server closes it: earlier by a second, or by half of a short time.
            const auto whole = std::chrono::seconds(std::min(seconds, 86400u));
            keep_alive_hint_ = std::max<duration>(whole - std::chrono::seconds(1), duration(whole) / 2);
        }
    }
    const body_framing body = head.body();
    switch (body.kind) {
        case body_kind::none:
            framing_ = framing::counted;
            remaining_ = 0;
            break;
        case body_kind::content_length:
            framing_ = framing::counted;
            remaining_ = body.length;
            break;
        case body_kind::chunked:
            framing_ = framing::chunked;
            if (decoder_)
                *decoder_ = body_decoder(body);
            else
                decoder_ = std::make_unique<body_decoder>(body);
            break;
        case body_kind::until_eof:
        case body_kind::tunnel:
            framing_ = framing::until_eof;
            break;
    }
}

bool connection::take_buffered(bytes& into, std::size_t most) {
    if (framing_ != framing::chunked) {
        std::size_t n = std::min(end_ - begin_, most);
        if (framing_ == framing::counted) n = static_cast<std::size_t>(std::min<std::uint64_t>(n, remaining_));
        into.append(buffer_.get() + begin_, n);
        begin_ += n;
        remaining_ -= framing_ == framing::counted ? n : 0;
        call_->received += n;
        return framing_ == framing::counted ? remaining_ == 0 : at_end_ && begin_ == end_;
    }
    while (begin_ != end_ && into.size() < most) {
        const body_decoder::step step = decoder_->decode(buffered());
        into.append(step.body.data(), step.body.size());
        call_->received += step.body.size();
        begin_ += step.consumed;
        if (step.done) {
            call_->trailers = std::move(decoder_->trailers());
            return true;
        }
    }
    return false;
}

void connection::take_incoming(bytes& into) {
    direct_ = false;
    into = std::move(incoming_);
    if (at_end_ || receive_error_ != 0) return;
    auto n = static_cast<std::uint64_t>(receive_.result);
    if (framing_ == framing::counted) {
        if (n > remaining_) {
            surplus_ = true;
            into.set_size(into.size() - static_cast<std::size_t>(n - remaining_));
            n = remaining_;
        }
        remaining_ -= n;
    }
    call_->received += n;
}

exchange::state connection::read_body(bytes& into, bool whole, std::size_t piece, bool& ended) {
    ended = false;
    if (failure_) return state::failed;
    if (is_receiving_) return state::pending;  // by a read that was cancelled
    if (direct_) take_incoming(into);
    const std::size_t most = whole ? static_cast<std::size_t>(-1) : piece;
    try {
        // Room for all of it at once.
        if (whole && into.empty() && framing_ == framing::counted)
            into.reserve(static_cast<std::size_t>(std::min(trusted_length, end_ - begin_ >= remaining_ ? remaining_ : remaining_ + 1)));
        if (take_buffered(into, most)) {
            ended = true;
            finish();
            return state::ready;
        }
    } catch (const message_error& e) {
        failure why;
        why.what = failure::kind::protocol;
        why.rule = e.kind();
        why.message = e.what();
        return fail(std::move(why));
    }
    if (!whole && !into.empty()) return state::ready;
    if (at_end_ || receive_error_ != 0) return fail_by_end();
    // Who reads may have taken its time with the piece before.
    now_ = loop_->now();
    limit_wait(call_->read_timeout.value_or(pool_->options().read_timeout), "read_timeout");
    receive_body(into, whole, piece);
    return failure_ ? state::failed : state::pending;
}

// ---------------------------------------------------------------- ending

// The exchange is complete.
void connection::finish() {
    ++exchanges_;
    call_ = nullptr;
    surplus_ = surplus_ || begin_ != end_;
    bool reusable = keep_ && !at_end_ && receive_error_ == 0 && !is_sending_ && send_error_ == 0 && !is_receiving_ && !surplus_;
    // A receive that was filled to the brim does not tell whether more stood behind it.
    if (reusable && filled_) reusable = !more_in_socket();
    forget_buffer();
    if (surplus_) pool_->count_spoiled();
    pool_->finished(*this, reusable);
}

bool connection::more_in_socket() noexcept {
    char byte = 0;
    const ssize_t n = ::recv(transport().fd(), &byte, 1, MSG_PEEK | MSG_DONTWAIT);
    return n >= 0 || (errno != EAGAIN && errno != EWOULDBLOCK);
}

void connection::abandon() noexcept {
    switch (state_) {
        case use::idle:
        case use::closed:
            return;
        case use::assigned:
            return pool_->finished(*this, !at_end_);
        case use::active:
            break;
    }
    bool complete = false;
    try {
        complete = drain();
    } catch (...) {
        // What remains of the response is malformed.
    }
    if (complete) return finish();
    call_ = nullptr;
    pool_->finished(*this, false);
}

// Reads to the end of the body if it is there already; true when it was.
bool connection::drain() {
    if (framing_ == framing::head || framing_ == framing::until_eof || !keep_ || is_sending_ || is_receiving_ || failure_) return false;
    bytes dropped;
    if (direct_) take_incoming(dropped);
    std::size_t drained = 0;
    while (!at_end_ && receive_error_ == 0) {
        dropped.set_size(0);
        if (take_buffered(dropped, static_cast<std::size_t>(-1))) return true;
        if (drained >= most_drained || (framing_ == framing::counted && remaining_ > most_drained)) return false;
        make_room(usual_buffer);
        const ssize_t n = ::recv(transport().fd(), buffer_.get() + end_, capacity_ - end_, MSG_DONTWAIT);
        if (n <= 0) return false;
        filled_ = static_cast<std::size_t>(n) == capacity_ - end_;
        end_ += static_cast<std::size_t>(n);
        drained += static_cast<std::size_t>(n);
    }
    return false;
}

http::phase connection::phase() const noexcept {
    if (response_began_) return phase::read;
    return is_sending_ || send_error_ != 0 ? phase::write : phase::first_byte;
}

exchange::state connection::fail(failure why) {
    why.phase = phase();
    why.sent_something = sent_ > 0;
    why.response_began = response_began_;
    why.received = call_ != nullptr ? call_->received : 0;
    failure_ = std::move(why);
    call_ = nullptr;
    pool_->finished(*this, false);
    notify();
    return state::failed;
}

// The connection ended, too early.
exchange::state connection::fail_by_end() {
    failure why;
    const int error = receive_error_ != 0 ? receive_error_ : send_error_;
    why.code = error != 0 ? system_code(error) : net::make_error_code(net::errc::end_of_stream);
    if (!response_began_) {
        why.what = failure::kind::disconnected;
        return fail(std::move(why));
    }
    why.what = failure::kind::truncated;
    if (framing_ == framing::counted)
        why.message = std::to_string(remaining_) + " bytes of the body are missing, " + std::to_string(call_->received) + " have come";
    else if (framing_ == framing::chunked)
        why.message = std::to_string(call_->received) + " bytes of the body have come, its last chunk has not";
    else if (framing_ == framing::head)
        why.message = "the head is not complete";
    return fail(std::move(why));
}

bool connection::become_idle() {
    turns = 0;
    was_idle_ = true;
    state_ = use::idle;
    if (!is_receiving_) {
        framing_ = framing::head;
        receive_into_buffer(true);
        if (state_ != use::idle) return false;
    }
    const duration most = pool_->options().idle_expiry;
    duration expiry = keep_alive_hint_ > duration::zero() && keep_alive_hint_ < most ? keep_alive_hint_ : most;
    limit_until_ = time_point::max();
    now_ = loop_->now();
    wait_until(now_ + expiry);
    return true;
}

void connection::close() noexcept {
    if (state_ == use::closed) return;
    state_ = use::closed;
    loop_->disarm(*this);
    transport().close_now();
    body_.reset();
}

void connection::close_under_exchange(const char* why) noexcept {
    failure_.what = failure::kind::aborted;
    failure_.phase = phase();
    failure_.message = why;
    call_ = nullptr;
    close();
}

// ---------------------------------------------------------------- time

// One timer serves all: it is armed once, stays armed while deadlines come and go behind it, and looks at the deadline when it fires.
void connection::wait_until(time_point when) {
    deadline_ = when;
    second_look_ = false;
    if (when >= armed_at_) return;
    loop_->disarm(*this);
    loop_->arm(*this, when);
    armed_at_ = when;
}

void connection::limit_wait(duration limit, std::string_view name) {
    limit_ = limit;
    limit_name_ = name;
    limit_until_ = limit > duration::zero() && limit < time_point::max() - now_ ? now_ + limit : time_point::max();
    wait_until(std::min(limit_until_, call_->deadline.value_or(time_point::max())));
}

void connection::stop_limit() {
    limit_until_ = time_point::max();
    wait_until(call_->deadline.value_or(time_point::max()));
}

void connection::fired() noexcept {
    armed_at_ = time_point::max();
    const time_point now = loop_->now();
    if (now >= deadline_) {
        // What was waited for may be there, and the loop has been too busy to look: it looks now.
        if (second_look_) return expire(now);
        wait_until(now);
        deadline_ = now;
        second_look_ = true;
        return;
    }
    if (deadline_ != time_point::max()) wait_until(deadline_);
}

void connection::expire(time_point now) {
    if (state_ == use::idle) return pool_->idle_ended(*this, false);
    if (state_ != use::active) return;
    failure why;
    if (send_error_ != 0 && now >= limit_until_) {
        static_cast<void>(fail_by_end());
        return;
    }
    why.what = failure::kind::timed_out;
    const bool total = call_->deadline && now >= *call_->deadline;
    why.limit = total ? call_->total : limit_;
    why.limit_name = total ? std::string_view("total_timeout") : limit_name_;
    static_cast<void>(fail(std::move(why)));
}

}  // namespace gyre::http::detail
