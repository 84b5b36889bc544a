#pragma once
#include <sys/socket.h>
#include <gyre/http/client/bytes.hpp>
#include <gyre/http/client/detail/exchange.hpp>
#include <gyre/http/message/body_decoder.hpp>
#include <gyre/http/message/head_finder.hpp>
#include <gyre/net/stream.hpp>
#include <gyre/runtime/coroutine/intrusive_list.hpp>
#include <gyre/runtime/io/operation.hpp>
#include <gyre/runtime/loop/loop_state.hpp>

#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>

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
// completion then means that the connection is dead, is also the one that gets the response.
class connection final : public exchange,
                         public core::timer,
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
    // Somebody's again.
    void assign() noexcept { state_ = use::assigned; }
    // Without a word to the pool.
    void close() noexcept;
    // The same for one in use: its exchange fails.
    void close_under_exchange(const char* why) noexcept;
    // In a row, while others wait for connections elsewhere.
    std::uint32_t turns = 0;

private:
    enum class use : std::uint8_t { idle, assigned, active, closed };
    enum class framing : std::uint8_t { head, counted, until_eof, chunked };

    class receiving final : public core::operation {
    public:
        explicit receiving(connection& c) noexcept : owner(c) {}
        void completed() noexcept override;
        connection& owner;
    };
    class sending final : public core::operation {
    public:
        explicit sending(connection& c) noexcept : owner(c) {}
        void completed() noexcept override;
        connection& owner;
    };

    ~connection() override = default;

    net::detail::transport& transport() const noexcept { return *stream_.open(); }
    std::string_view buffered() const noexcept { return std::string_view(buffer_.get() + begin_, end_ - begin_); }

    // --- sending
    void write_head(const call& request);
    void write_fields(const call& request);
    void send_more() noexcept;
    void sent() noexcept;

    // --- receiving
    void receive_into_buffer(bool first_of_response);
    void receive_body(bytes& into, bool whole, std::size_t piece);
    void submit_receive(void* to, std::size_t room, bool wait_first);
    void received() noexcept;
    void begin_body(const response_head& head);
    // Moves what is in the buffer; true at the body's end.
    bool take_buffered(bytes& into, std::size_t most);
    // What a direct receive brought.
    void take_incoming(bytes& into);
    bool drain();
    bool more_in_socket() noexcept;
    void make_room(std::size_t least);
    void forget_buffer() noexcept;

    // --- ending
    void finish();
    state fail(failure why);
    state fail_by_end();
    http::phase phase() const noexcept;

    // --- time
    void fired() noexcept override;
    void wait_until(time_point when);
    void limit_wait(duration limit, std::string_view name);
    void stop_limit();
    void expire(time_point now);

    pool* pool_;
    host_pool* host_;
    core::loop_state* loop_;
    net::stream stream_;
    receiving receive_;
    sending send_;

    call* call_ = nullptr;
    std::string out_;                          // the head, and a small body
    std::shared_ptr<const std::string> body_;  // a large one
    std::size_t sent_ = 0;
    msghdr message_{};
    iovec pieces_[2]{};
    int send_error_ = 0;

    std::unique_ptr<char[]> buffer_;
    std::size_t capacity_ = 0;
    std::size_t begin_ = 0;
    std::size_t end_ = 0;
    bytes incoming_;  // while a receive goes straight into a body
    head_finder finder_;
    std::unique_ptr<body_decoder> decoder_;  // of chunked bodies
    std::uint64_t remaining_ = 0;            // of a counted body
    int receive_error_ = 0;
    duration keep_alive_hint_ = duration::zero();

    time_point now_{};                         // of the last completion
    time_point deadline_ = time_point::max();  // of whatever
    time_point armed_at_ = time_point::max();  // when the timer fires, to look at the deadline
    time_point limit_until_ = time_point::max();
    duration limit_ = duration::zero();
    std::string_view limit_name_;

    std::uint32_t exchanges_ = 0;
    std::uint8_t interim_ = 0;
    use state_ = use::assigned;
    framing framing_ = framing::head;
    bool is_sending_ = false;
    bool is_receiving_ = false;
    bool direct_ = false;  // the receive goes, or went, into incoming_
    bool filled_ = false;  // the last receive used all its room
    bool response_began_ = false;
    bool at_end_ = false;   // the peer has closed its side
    bool surplus_ = false;  // bytes that nobody asked for
    bool keep_ = false;     // by the head, another exchange may follow
    bool second_look_ = false;
    bool was_idle_ = false;
};

}  // namespace gyre::http::detail
