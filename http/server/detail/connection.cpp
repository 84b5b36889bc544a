#include <gyre/http/server/detail/connection.hpp>

#include <gyre/http/message/head_writer.hpp>
#include <gyre/http/message/message_error.hpp>
#include <gyre/http/server/detail/file_response.hpp>
#include <gyre/http/server/detail/response_access.hpp>
#include <gyre/http/server/response_error.hpp>
#include <gyre/net/error.hpp>
#include <gyre/runtime/coroutine/errors.hpp>
#include <gyre/runtime/coroutine/this_branch.hpp>

#include <poll.h>
#include <sys/socket.h>

#include <algorithm>
#include <chrono>
#include <utility>
#include <variant>

namespace gyre::http::detail {
namespace {

// A handler that runs longer than this is looked after once a second.
constexpr std::chrono::seconds disconnect_check(1);
// What a new client gets to send its first request before it can be ended for the next one: its round trip, and some patience.
constexpr std::chrono::seconds first_request_time(1);
// What an idle connection keeps of its buffers.
constexpr std::size_t most_kept = 1024;
// Idle for so long it lets go of that too.
constexpr std::chrono::seconds soon(1);

}  // namespace

server_connection::server_connection(server_core& core, net::stream stream, gyre::detail::branch& self)
    : moving_deadline(gyre::detail::loop_of(self)),
      core_(core),
      self_(self),
      stream_(std::move(stream)),
      finder_(head_kind::request, core.options.head),
      accepted_at_(loop().now()) {}

server_connection::~server_connection() { leave_idle(); }

task<> server_connection::run(server_core& core, [[maybe_unused]] connection_slot slot, net::stream stream) {
    gyre::detail::branch& here = co_await gyre::detail::this_branch();
    server_connection self(core, std::move(stream), here);
    try {
        self.become_idle();
        self.watch(phase::head, core.options.head_timeout);
        while (self.open_) {
            const bool complete = self.take_head();
            if (complete) {
                co_await self.exchange();
            } else {
                head_read reading(self.stream_.open(), self.in_, self.reading_);
                const std::size_t n = co_await reading;
                self.take_bytes(n);
            }
        }
    } catch (const message_error& e) {
        self.refuse(e);
    } catch (const net::error&) {
        if (self.phase_ != phase::idle) ++core.stats.disconnects;
        self.lose();
    } catch (const cancelled_error&) {
        self.lose();
    } catch (...) {
        core.report("an http::server lost a connection", std::current_exception());
        self.lose();
    }
    if (self.linger_) co_await self.say_goodbye();
}

// ---------------------------------------------------------------- limits

void server_connection::watch(phase p, duration limit, time_point now) {
    phase_ = p;
    timed_out_ = false;
    if (p != phase::idle) return expect_until(after(now, limit));
    idle_until_ = after(now, limit);
    expect_until(std::min(idle_until_, now + soon));
}

void server_connection::watch_handler(time_point now) {
    half_closed_at_ = time_point::max();
    watch(phase::handler, core_.options.cancel_on_disconnect ? duration(disconnect_check) : duration::zero(), now);
}

void server_connection::passed(time_point now) noexcept {
    switch (phase_) {
        case phase::idle:
            return idle_for_long(now);
        case phase::lingering:
            return shut(SHUT_RD);
        case phase::head:
        case phase::body:
            timed_out_ = true;
            return shut(SHUT_RD);
        case phase::writing:
            timed_out_ = true;
            ++core_.stats.timeouts;
            return shut(SHUT_RDWR);
        case phase::handler:
            if (!client_is_gone(now)) return expect_until(now + disconnect_check);
            ++core_.stats.disconnects;
            open_ = false;
            self_.request_cancel();
            return;
    }
}

void server_connection::idle_for_long(time_point now) {
    if (now >= idle_until_) return shut(SHUT_RD);
    expect_until(idle_until_);
    out_ = std::string();
    head_ = request_head();
    if (reading_ != nullptr) reading_->give_up_buffer();
}

bool server_connection::client_is_gone(time_point now) noexcept {
    pollfd about{};
    about.fd = stream_.native_handle();
    about.events = POLLRDHUP;
    if (::poll(&about, 1, 0) <= 0) return false;
    if ((about.revents & (POLLHUP | POLLERR | POLLNVAL)) != 0) return true;
    // It has ended its side. Whether it still takes an answer only sending one would tell.
    half_closed_at_ = std::min(half_closed_at_, now);
    const duration patience = core_.options.half_close_timeout;
    return patience > duration::zero() && now - half_closed_at_ >= patience;
}

void server_connection::shut(int how) noexcept {
    const int fd = stream_.native_handle();
    if (fd >= 0) static_cast<void>(::shutdown(fd, how));
}

bool server_connection::may_be_ended() const noexcept { return phase_ == phase::idle || loop().now() - accepted_at_ >= first_request_time; }

void server_connection::end_idle() noexcept {
    leave_idle();
    shut(SHUT_RD);
}

// ---------------------------------------------------------------- reading heads

void server_connection::become_idle() {
    in_.shrink(head_read::usual_buffer);
    if (out_.capacity() > most_kept) out_ = std::string();
    if (head_size_ > most_kept) head_ = request_head();
    core_.idle.push_back(*this);
    ++core_.stats.idle;
    core_.one_is_idle();
}

void server_connection::leave_idle() noexcept {
    if (!linked()) return;
    unlink();
    --core_.stats.idle;
}

bool server_connection::take_head() {
    if (in_.empty()) return false;
    const std::optional<head_finder::place> found = finder_.find_end(in_.view());
    if (!found) {
        if (phase_ != phase::head) watch(phase::head, core_.options.head_timeout);
        return false;
    }
    parse_request_head(found->of(in_.view()), core_.options.head, head_);
    head_size_ = static_cast<std::uint32_t>(found->end - found->begin);
    in_.consume(found->end);
    finder_.reset();
    return true;
}

void server_connection::take_bytes(std::size_t n) {
    leave_idle();
    if (n != 0) return;
    open_ = false;
    if (in_.empty()) return;
    if (timed_out_) {
        ++core_.stats.timeouts;
        return refuse(408, "408 Request Timeout: the request's head did not come to its end in time");
    }
    ++core_.stats.bad_requests;
}

void server_connection::refuse(const message_error& error) {
    int status = error.status();
    // A start line that fills the whole head is all target.
    if (error.kind() == parse_error::head_too_large &&
        in_.view().substr(0, core_.options.head.max_bytes).find("\r\n") == std::string_view::npos)
        status = 414;
    ++core_.stats.bad_requests;
    refuse(status, std::to_string(status) + " " + std::string(reason_phrase(status)) + ": " + std::string(to_string(error.kind())));
}

void server_connection::refuse(int status, std::string_view message) {
    const server_response answer = plain_answer(status, message);
    const std::string& text = std::get<std::string>(response_access::body(answer));
    out_.clear();
    append_response_head(out_, answer, {response_framing::kind::length, text.size()}, connection_option::close, core_.date_line());
    out_ += text;
    open_ = false;
    refused_ = linger_ = true;
}

// ---------------------------------------------------------------- the end

void server_connection::lose() noexcept {
    open_ = linger_ = false;
    // An orderly end could pass for the end of the body.
    if (responding_) stream_.abort();
}

task<> server_connection::say_goodbye() {
    try {
        if (refused_) {
            watch(phase::writing, core_.options.write_timeout);
            co_await stream_.write_all(out_);
            core_.stats.bytes_sent += out_.size();
        }
        co_await stream_.shutdown_write();
        // Data that nobody reads would make the kernel reset the connection, and the reset overtake the response.
        watch(phase::lingering, core_.options.linger_timeout);
        while (true) {
            in_.consume(in_.view().size());
            const std::size_t n = co_await stream_.read_some(in_.space(head_read::usual_buffer));
            if (n == 0 || loop().now() >= deadline()) break;
        }
    } catch (const net::error&) {
    } catch (const cancelled_error&) {
    }
}

}  // namespace gyre::http::detail
