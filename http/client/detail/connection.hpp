#pragma once
#include <gyre/http/client/bytes.hpp>
#include <gyre/http/client/detail/exchange.hpp>
#include <gyre/http/client/detail/incoming_body.hpp>
#include <gyre/http/client/detail/outgoing.hpp>
#include <gyre/http/client/detail/transfer.hpp>
#include <gyre/http/detail/moving_deadline.hpp>
#include <gyre/http/detail/receive_buffer.hpp>
#include <gyre/http/message/head_finder.hpp>
#include <gyre/net/stream.hpp>
#include <gyre/runtime/coroutine/intrusive_list.hpp>

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

namespace gyre::http::detail {

class pool;
class host_pool;
struct in_pool;  // tags of the lists that a connection stands in
struct idle_in_host;
struct idle_in_pool;

// A connection that speaks HTTP/1.1, one exchange after the other. Made and ended by the pool.
//
// It owns its operations and what they read and write, so whoever gives an exchange up goes on at once, while the kernel ends what is
// in flight. One send and one receive make up a small exchange: the receive that lies in wait while the connection is idle, and whose
// completion then means that the connection is dead, is also the one that gets the response. One that stays idle for long holds no
// buffer: its receive is for a single byte.
class connection final : public exchange,
                         private moving_deadline,
                         public core::list_hook<in_pool>,
                         public core::list_hook<idle_in_host>,
                         public core::list_hook<idle_in_pool> {
public:
    connection(pool& owner, host_pool& host, net::stream stream);

    void start(call& request) override;
    state read_head(response_head& out, bool& ended) override;
    state read_body(bytes& into, bool whole, std::size_t piece, bool& ended) override;
    void abandon() noexcept override;
    std::string peer() const override { return stream_.open()->peer(); }
    bool reused() const noexcept override { return exchanges_ > 0 || was_idle_; }

    // --- for the pool
    host_pool& host() const noexcept { return *host_; }
    // Nobody's: lies in wait for the peer to close it. False when that has happened.
    bool become_idle();
    // Asks the kernel what has come since it was asked last, when that was more than a moment ago. False: the connection is dead, or
    // its next bytes are nobody's.
    bool fit(time_point now) noexcept;
    // Somebody's again.
    void assign() noexcept { state_ = use::assigned; }
    // It got bytes that nobody had asked for.
    bool spoiled() const noexcept { return surplus_; }
    // Without a word to the pool.
    void close() noexcept;
    // The same for one in use: its exchange fails.
    void close_under_exchange(const char* why) noexcept;
    // In a row, while others wait for connections elsewhere.
    std::uint32_t turns = 0;

private:
    enum class use : std::uint8_t { idle, assigned, active, closed };
    // What the receive goes into.
    enum class target : std::uint8_t { buffer, body, first_byte };

    ~connection() override = default;

    net::detail::transport& transport() const noexcept { return *stream_.open(); }

    // --- sending
    void send() noexcept;
    void sent() noexcept;
    void send_failed(int error) noexcept;

    // --- receiving: connection_receive.cpp
    void receive_into_buffer(bool wait_first);
    void receive_body(bytes& into, bool whole, std::size_t piece);
    void receive(target into, void* to, std::size_t room, bool wait_first);
    void received() noexcept;
    void received_idle() noexcept;
    void store(std::size_t n);
    void begin_body(const response_head& head);
    // Hands over what a direct receive brought.
    void take_incoming(bytes& into);
    bool drain();
    // Whether anything is behind what was received, bytes or the end.
    bool more_behind() noexcept;

    // --- ending
    void finish();
    state fail(failure why);
    state fail_by_end();
    state fail_by_rule(const message_error& broken);
    http::phase phase() const noexcept;

    // --- time
    void limit_wait(duration limit, std::string_view name);
    void limit_wait_for_response();
    void limit_wait_for_more();
    void stop_limit();
    void passed(time_point now) noexcept override;
    void idle_for_long(time_point now);

    pool* pool_;
    host_pool* host_;
    net::stream stream_;
    transfer<connection, &connection::sent> send_;
    transfer<connection, &connection::received> receive_;

    call* call_ = nullptr;
    outgoing out_;
    int send_error_ = 0;

    receive_buffer in_;
    bytes incoming_;  // while a receive goes straight into a body
    head_finder finder_;
    incoming_body body_;
    int receive_error_ = 0;

    time_point now_{};  // when the kernel was asked last, as far as this connection is concerned
    time_point limit_until_ = time_point::max();
    duration limit_ = duration::zero();
    std::string_view limit_name_;
    duration idle_limit_ = duration::zero();  // as the server says; zero: it does not
    time_point idle_until_ = time_point::max();

    std::uint32_t exchanges_ = 0;
    std::uint8_t interim_ = 0;
    use state_ = use::assigned;
    target target_ = target::buffer;
    char first_byte_ = 0;
    bool in_body_ = false;  // the head has been read
    bool filled_ = false;   // the last receive used all its room
    bool response_began_ = false;
    bool at_end_ = false;            // the peer has closed its side
    bool surplus_ = false;           // bytes that nobody asked for
    bool keep_ = false;              // by the head, another exchange may follow
    bool giving_up_buffer_ = false;  // the receive was asked to end, to wait on without a buffer
    bool was_idle_ = false;
};

}  // namespace gyre::http::detail
