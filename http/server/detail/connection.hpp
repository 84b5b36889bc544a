#pragma once

#include <gyre/http/detail/moving_deadline.hpp>
#include <gyre/http/detail/receive_buffer.hpp>
#include <gyre/http/message/head_finder.hpp>
#include <gyre/http/server/detail/head_read.hpp>
#include <gyre/http/server/detail/request_body.hpp>
#include <gyre/http/server/detail/response_head.hpp>
#include <gyre/http/server/detail/server_core.hpp>
#include <gyre/http/server/server_request.hpp>
#include <gyre/net/stream.hpp>
#include <gyre/runtime/coroutine/intrusive_list.hpp>

#include <cstddef>
#include <cstdint>
#include <exception>
#include <optional>
#include <string>

namespace gyre::http::detail {

// One client's connection and the task that serves it: requests one after the other, the next one read when the response
// before it has been sent.
//
// A limit that passes shuts the socket down for reading (or writing), and whoever waits on it sees its end; so no limit can
// be taken for a cancel, or the other way round. One that stays idle for long holds no buffer.
class server_connection final : public gyre::detail::list_hook<>, private moving_deadline {
public:
    static task<> run(server_core& core, connection_slot slot, net::stream stream);

    server_connection(const server_connection&) = delete;
    server_connection& operator=(const server_connection&) = delete;

    // What it waits for.
    enum class phase : std::uint8_t { idle, head, body, handler, writing, lingering };

    // An idle one may be ended for a new connection once it has answered a request, or has had the time to send one.
    bool may_be_ended() const noexcept;
    // Ends an idle one; one that a request has just come for answers it first.
    void end_idle() noexcept;

    server_core& core() noexcept { return core_; }
    net::stream& stream() noexcept { return stream_; }
    receive_buffer& received() noexcept { return in_; }
    // From now on it may be silent so long in this phase.
    void watch(phase p, duration limit) { watch(p, limit, loop().now()); }
    void watch(phase p, duration limit, time_point now);
    void watch_handler(time_point now);
    bool timed_out() const noexcept { return timed_out_; }

private:
    server_connection(server_core& core, net::stream stream, gyre::detail::branch& self);
    ~server_connection();

    // --- reading heads
    bool take_head();
    void take_bytes(std::size_t n);
    void become_idle();
    void leave_idle() noexcept;
    void refuse(const message_error& error);
    void refuse(int status, std::string_view message = {});

    // --- one request and its response
    task<> exchange();
    // The handler for the request; null when `response` is the answer already.
    const handler* select(server_request& request, server_response& response);
    server_response after_failure(const server_request& request, const request_body& body, std::uint32_t cancels, std::exception_ptr error);
    // Decides framing, and whether the connection goes on; puts the head into out_. True when the body is sent, too.
    bool begin_response(const request_body& body, const server_response& response);
    response_framing framing_of(const server_response& response) const;
    task<> send_long(std::string_view body);
    task<> send_stream(const server_request& request, streamed_body& body, std::optional<std::string> piece);
    task<> send_file(const server_request& request, open_file& body);
    // A body that cannot be what its head said: the client must not take it for whole.
    void break_off(const server_request& request, std::exception_ptr error);
    void sent(std::size_t bytes) noexcept { response_bytes_ += bytes; }

    // Sends what refuse() left, then reads on for a while, so that the client gets the response instead of a reset.
    task<> say_goodbye();
    void lose() noexcept;

    void passed(time_point now) noexcept override;
    void idle_for_long(time_point now);
    bool client_is_gone(time_point now) noexcept;
    void shut(int how) noexcept;

    server_core& core_;
    gyre::detail::branch& self_;
    net::stream stream_;
    receive_buffer in_;
    std::string out_;
    head_finder finder_;
    request_head head_;
    head_read* reading_ = nullptr;  // what it awaits, when that is its next request
    time_point idle_until_{};
    time_point accepted_at_;
    time_point half_closed_at_ = time_point::max();  // seen while it waits for the handler
    std::uint64_t response_bytes_ = 0;
    response_framing framing_;
    std::uint32_t head_size_ = 0;
    phase phase_ = phase::head;
    bool open_ = true;         // another request may come
    bool timed_out_ = false;   // the limit of the phase has passed
    bool responding_ = false;  // between the first and the last byte of a response
    bool linger_ = false;      // the client may be sending still
    bool refused_ = false;     // out_ holds the last response
};

}  // namespace gyre::http::detail
