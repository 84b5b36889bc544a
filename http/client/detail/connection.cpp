#include <gyre/http/client/client_options.hpp>
#include <gyre/http/client/detail/call.hpp>
#include <gyre/http/client/detail/connection.hpp>
#include <gyre/http/client/detail/host_pool.hpp>
#include <gyre/http/client/detail/pool.hpp>
#include <gyre/net/error.hpp>

#include <algorithm>
#include <cerrno>
#include <chrono>
#include <utility>

namespace gyre::http::detail {
namespace {

// What a connection keeps of its buffer between two exchanges that follow one another soon.
constexpr std::size_t kept_buffer = 4096;
// Idle for so long it lets go of that too.
constexpr std::chrono::seconds soon(1);
// A receive lies in wait on every idle connection, and the loop asks the kernel for its end at each turn: so a connection that is taken
// within a moment of its last exchange is as good as looked at. Who computes between two requests without awaiting, or has just come
// from a long turn, would not hear of what came meanwhile. Only then the look is worth its system call, which costs a fiftieth of a
// small exchange; where connections are busy none is made.
constexpr std::chrono::milliseconds moment(1);
// A server that stops reading an upload has often sent the reason.
constexpr std::chrono::seconds patience_after_write_error(1);

std::error_code system_code(int error) { return std::error_code(error, std::generic_category()); }

}  // namespace

connection::connection(pool& owner, host_pool& host, net::stream stream)
    : moving_deadline(owner.loop()),
      pool_(&owner),
      host_(&host),
      stream_(std::move(stream)),
      send_(*this),
      receive_(*this),
      finder_(head_kind::response, owner.limits()),
      now_(owner.loop().now()) {}

// ---------------------------------------------------------------- sending

void connection::start(call& request) {
    out_.write(request, *host_);
    state_ = use::active;
    call_ = &request;
    failure_ = failure();
    send_error_ = receive_error_ = 0;
    interim_ = 0;
    in_body_ = response_began_ = keep_ = filled_ = false;
    finder_.reset();
    const time_point now = loop().now();
    if (reused() && !fit(now)) {
        // It was given away alive and has died since.
        static_cast<void>(fail_by_end());
        return;
    }
    pool_->count_request();
    now_ = now;
    send();
    if (state_ != use::active) return;
    if (out_.has_large_body())
        limit_wait(pool_->options().write_timeout, "write_timeout");
    else
        limit_wait_for_response();
    if (!receive_.in_flight()) receive_into_buffer(true);
}

void connection::send() noexcept {
    out_.prepare(send_);
    if (send_.start(transport())) return;
    send_error_ = send_error_ != 0 ? send_error_ : EPIPE;
    static_cast<void>(fail_by_end());
}

void connection::sent() noexcept {
    if (state_ == use::closed) return out_.drop_body();
    const int result = send_.result;
    if (result < 0 && result != -EINTR) return send_failed(-result);
    if (result > 0) out_.advance(static_cast<std::size_t>(result));
    if (out_.complete() && !out_.has_large_body()) return;
    now_ = loop().now();
    if (!out_.complete()) {
        if (!response_began_) limit_wait(pool_->options().write_timeout, "write_timeout");
        return send();
    }
    out_.drop_body();
    if (!response_began_) limit_wait_for_response();
}

void connection::send_failed(int error) noexcept {
    send_error_ = error;
    now_ = loop().now();
    keep_ = false;
    out_.drop_body();
    if (response_began_) return;
    if (out_.sent() == 0)
        static_cast<void>(fail_by_end());
    else
        // The answer may be on its way, or there.
        limit_wait(patience_after_write_error, "write_timeout");
}

// ---------------------------------------------------------------- ending

// The exchange is complete.
void connection::finish() {
    ++exchanges_;
    call_ = nullptr;
    surplus_ = surplus_ || !in_.empty();
    bool reusable = keep_ && !at_end_ && receive_error_ == 0 && send_error_ == 0 && !surplus_;
    reusable = reusable && !send_.in_flight() && !receive_.in_flight();
    // A receive that was filled to the brim does not tell whether more stood behind it; another may tell that it did.
    if (reusable && (filled_ || receive_.more_ready)) reusable = !more_behind();
    in_.consume(in_.view().size());
    in_.shrink(kept_buffer);
    pool_->finished(*this, reusable);
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

http::phase connection::phase() const noexcept {
    if (response_began_) return phase::read;
    return send_.in_flight() || send_error_ != 0 ? phase::write : phase::first_byte;
}

exchange::state connection::fail(failure why) {
    why.phase = phase();
    why.sent_something = out_.sent() > 0;
    why.response_began = response_began_;
    why.received = in_body_ ? body_.received() : 0;
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
    why.what = response_began_ ? failure::kind::truncated : failure::kind::disconnected;
    if (response_began_) why.message = in_body_ ? body_.missing() : "the head is not complete";
    return fail(std::move(why));
}

exchange::state connection::fail_by_rule(const message_error& broken) {
    failure why;
    why.what = failure::kind::protocol;
    why.rule = broken.kind();
    why.message = broken.what();
    return fail(std::move(why));
}

void connection::close() noexcept {
    if (state_ == use::closed) return;
    state_ = use::closed;
    forget_deadline();
    transport().close_now();
    if (!send_.in_flight()) out_.drop_body();  // else it is the kernel's until the send has ended
}

void connection::close_under_exchange(const char* why) noexcept {
    failure_.what = failure::kind::aborted;
    failure_.phase = phase();
    failure_.message = why;
    call_ = nullptr;
    close();
}

// ---------------------------------------------------------------- idle

bool connection::become_idle() {
    turns = 0;
    was_idle_ = true;
    state_ = use::idle;
    if (!receive_.in_flight()) {
        receive_into_buffer(true);
        if (state_ != use::idle) return false;
    }
    const duration most = pool_->options().idle_expiry;
    const duration expiry = idle_limit_ > duration::zero() && idle_limit_ < most ? idle_limit_ : most;
    limit_until_ = time_point::max();
    now_ = loop().now();
    idle_until_ = now_ + expiry;
    expect_until(std::min(idle_until_, now_ + soon));
    return true;
}

bool connection::fit(time_point now) noexcept {
    if (at_end_) return false;
    if (now - now_ <= moment) return true;
    now_ = now;
    at_end_ = more_behind();
    return !at_end_;
}

void connection::idle_for_long(time_point now) {
    if (now >= idle_until_) return pool_->idle_ended(*this);
    expect_until(idle_until_);
    if (target_ != target::buffer || !receive_.in_flight()) return;
    giving_up_buffer_ = true;
    transport().cancel(receive_);
}

// ---------------------------------------------------------------- time

void connection::limit_wait(duration limit, std::string_view name) {
    limit_ = limit;
    limit_name_ = name;
    limit_until_ = after(now_, limit);
    expect_until(std::min(limit_until_, call_->deadline.value_or(time_point::max())));
}

void connection::limit_wait_for_response() {
    limit_wait(call_->first_byte_timeout.value_or(pool_->options().first_byte_timeout), "first_byte_timeout");
}

void connection::limit_wait_for_more() { limit_wait(call_->read_timeout.value_or(pool_->options().read_timeout), "read_timeout"); }

void connection::stop_limit() {
    limit_until_ = time_point::max();
    expect_until(call_->deadline.value_or(time_point::max()));
}

void connection::passed(time_point now) noexcept {
    if (state_ == use::idle) return idle_for_long(now);
    if (state_ != use::active) return;
    if (send_error_ != 0 && now >= limit_until_) {
        static_cast<void>(fail_by_end());
        return;
    }
    failure why;
    why.what = failure::kind::timed_out;
    const bool total = call_->deadline && now >= *call_->deadline;
    why.limit = total ? call_->total : limit_;
    why.limit_name = total ? std::string_view("total_timeout") : limit_name_;
    static_cast<void>(fail(std::move(why)));
}

}  // namespace gyre::http::detail
