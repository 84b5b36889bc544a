#pragma once
#include <gyre/http/client/client_options.hpp>
#include <gyre/http/client/detail/connection.hpp>
#include <gyre/http/client/detail/failure.hpp>
#include <gyre/http/client/detail/host_pool.hpp>
#include <gyre/http/message/head.hpp>
#include <gyre/runtime/coroutine/intrusive_list.hpp>
#include <gyre/runtime/loop/loop_state.hpp>
#include <gyre/runtime/loop/spawn.hpp>

#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <unordered_map>

namespace gyre::http::detail {

// A client's connections, by host. Shared by the client, its requests and its dials; of one loop's thread.
//
// Invariants:
//  - A host's requests get connections in the order they came. Nothing is woken to race for one: it is handed over.
//  - A request that is sent again gets a connection that was made for it, or for others, and has not been used: else it could meet
//    one dead connection after the other.
//  - Every connection and every dial occupies a slot of its host's and of the pool's; both counts stay within the limits.
//  - While a host wants a slot and only the pool's limit is in the way, it stands in `in_line_`, and no connection is idle. Hosts get
//    freed slots by turns. A host that keeps its connections busy gives one up after some requests.
class pool final : public core::loop_service {
public:
    explicit pool(client_options options);
    pool(const pool&) = delete;
    pool& operator=(const pool&) = delete;

    void add_reference() noexcept { ++references_; }
    void release() noexcept {
        if (--references_ == 0) delete this;
    }

    const client_options& options() const noexcept { return options_; }
    const head_limits& limits() const noexcept { return limits_; }
    core::loop_state& loop() const noexcept { return *loop_; }
    client_stats stats() const noexcept;

    // Makes the running loop the pool's, when it has none. Throws: invalid_state_error when it has another one.
    void bind(core::loop_state& running);
    // The client is gone: idle connections go now, the others when their exchange has ended.
    void shut_down() noexcept;
    void close_idle() noexcept;

    void count_request() noexcept { ++stats_.requests; }
    void count_retry() noexcept { ++stats_.retries; }

    // --- by acquire
    // An idle connection that is alive; else null, and `who` stands in line.
    connection* take_or_wait(const url& target, acquire& who);
    void leave(acquire& who) noexcept;

    // --- by connection
    // Its exchange is over, and it can carry another, or not.
    void finished(connection& c, bool reusable) noexcept;
    // It was idle and has died, sent something, or has been idle for too long.
    void idle_ended(connection& c) noexcept { end_connection(c); }

    // --- by dial
    void dialled(dial& d, net::stream made);
    void dial_failed(dial& d, failure why) noexcept;
    void dial_cancelled(dial& d) noexcept;
    // Closes the connection that has been idle longest; false when none is idle.
    bool evict_idle() noexcept;

private:
    struct text_hash {
        using is_transparent = void;
        std::size_t operator()(std::string_view text) const noexcept { return std::hash<std::string_view>{}(text); }
    };
    using host_map = std::unordered_map<std::string, std::unique_ptr<host_pool>, text_hash, std::equal_to<>>;

    ~pool();

    void loop_closing() noexcept override;
    host_pool& host_for(const url& target);
    void forget_if_unused(host_pool& host) noexcept;

    void feed(host_pool& host);
    void start_dial(host_pool& host);
    void call_off(dial& d) noexcept;
    void dial_over(dial& d) noexcept;
    void free_slot(host_pool& host) noexcept;
    void serve_line() noexcept;
    bool others_in_line(const host_pool& than) noexcept;
    acquire* next_for(host_pool& host, bool used) noexcept;
    void move_up(host_pool& host);
    void end_connection(connection& c) noexcept;
    void remove_from_idle(connection& c) noexcept;

    client_options options_;
    head_limits limits_;
    core::loop_state* loop_ = nullptr;
    host_map hosts_;
    host_pool* last_ = nullptr;  // who was asked for last
    core::intrusive_list<connection, in_pool> connections_;
    core::intrusive_list<connection, idle_in_pool> idle_;  // the one that has been idle longest is the first
    core::intrusive_list<host_pool> in_line_;
    std::size_t slots_ = 0;
    client_stats stats_;
    std::uint32_t references_ = 1;
    bool shut_down_ = false;
};

}  // namespace gyre::http::detail
