#include <gyre/http/server/detail/request_body.hpp>

#include <gyre/http/message/message_error.hpp>
#include <gyre/http/server/detail/connection.hpp>
#include <gyre/http/server/response_error.hpp>
#include <gyre/net/error.hpp>

#include <algorithm>
#include <chrono>

namespace gyre::http::detail {
namespace {

constexpr std::size_t read_size = std::size_t{64} << 10;

}  // namespace

request_body::request_body(server_connection& from, const request_head& head)
    : connection_(from),
      framing_(head.body()),
      limit_(from.core().options.max_body),
      client_waits_(head.expects_continue() && head.body().kind != body_kind::none) {
    if (framing_.kind == body_kind::none) return;
    decoder_ = body_decoder(framing_, from.core().options.body);
    if (decoder_.done()) client_waits_ = false;
}

task<std::optional<std::string_view>> request_body::next() {
    if (lost_) throw message_error(parse_error::truncated_body, "the request's body failed before and cannot be read on");
    if (framing_.kind == body_kind::content_length && framing_.length > limit_) refuse_length();
    receive_buffer& in = connection_.received();
    while (!decoder_.done()) {
        if (in.empty()) {
            co_await fill();
            continue;
        }
        const std::string_view data = decode();
        if (decoder_.received() > limit_) refuse_length();
        if (!data.empty()) co_return data;
    }
    co_return std::nullopt;
}

std::string_view request_body::decode() {
    client_waits_ = false;
    receive_buffer& in = connection_.received();
    try {
        const body_decoder::step step = decoder_.decode(in.view());
        in.consume(step.consumed);
        return step.body;
    } catch (const message_error&) {
        lost_ = true;
        throw;
    }
}

void request_body::refuse_length() {
    lost_ = true;
    throw response_error(413, "413 Content Too Large: the body may have " + std::to_string(limit_) + " bytes");
}

duration request_body::patience() const {
    const server_options& o = connection_.core().options;
    if (o.body_timeout <= duration::zero()) return duration::zero();
    if (o.min_body_rate == 0) return o.body_timeout;
    const auto earned =
        std::chrono::milliseconds(std::min<std::uint64_t>(decoder_.received(), std::uint64_t{1} << 40) * 1000 / o.min_body_rate);
    return std::clamp<duration>(o.body_timeout + earned - waited_, duration(1), o.body_timeout);
}

task<> request_body::fill() {
    net::stream& stream = connection_.stream();
    const std::uint64_t left = framing_.kind == body_kind::content_length ? framing_.length - decoder_.received() : read_size;
    const auto wanted = static_cast<std::size_t>(std::min<std::uint64_t>(left, read_size));
    const time_point start = event_loop::current().time();
    const auto stop_watching = [&] {
        const time_point now = event_loop::current().time();
        waited_ += now - start;
        connection_.watch_handler(now);
    };
    std::size_t n = 0;
    try {
        if (client_waits_) {
            client_waits_ = false;
            connection_.watch(server_connection::phase::writing, connection_.core().options.write_timeout, start);
            co_await stream.write_all("HTTP/1.1 100 Continue\r\n\r\n");
        }
        connection_.watch(server_connection::phase::body, patience(), start);
        n = co_await stream.read_some(connection_.received().space(wanted));
    } catch (const net::error&) {
        broken_ = lost_ = true;
        throw;
    } catch (const cancelled_error&) {
        // Perhaps of this read only: the handler goes on, and what it does then is no wait for the client.
        stop_watching();
        throw;
    }
    const bool timed_out = connection_.timed_out();
    stop_watching();
    connection_.received().commit(n);
    if (n != 0) co_return;
    lost_ = true;
    if (timed_out) {
        ++connection_.core().stats.timeouts;
        throw response_error(408, "408 Request Timeout: the request's body did not come in time");
    }
    decoder_.finish();
}

task<std::string> request_body::text() {
    std::string whole;
    if (framing_.kind == body_kind::content_length) whole.reserve(static_cast<std::size_t>(std::min(framing_.length, limit_)));
    while (true) {
        const std::optional<std::string_view> piece = co_await next();
        if (!piece) break;
        whole += *piece;
    }
    co_return whole;
}

bool request_body::worth_draining() const noexcept {
    if (lost_) return false;
    if (framing_.kind != body_kind::content_length) return true;
    return framing_.length - decoder_.received() <= connection_.core().options.max_drain;
}

task<bool> request_body::drain() {
    limit_ = decoder_.received() + connection_.core().options.max_drain;
    // Lengths were compared already; this one counts what is still to come.
    if (framing_.kind == body_kind::content_length) limit_ = std::max(limit_, framing_.length);
    try {
        while (true) {
            const std::optional<std::string_view> piece = co_await next();
            if (!piece) co_return true;
        }
    } catch (const message_error&) {
        ++connection_.core().stats.bad_requests;
    } catch (const response_error&) {
    }
    co_return false;
}

}  // namespace gyre::http::detail
