#pragma once

#include <gyre/http/server/detail/descriptor_budget.hpp>
#include <gyre/http/server/detail/piece_pool.hpp>
#include <gyre/http/server/detail/router.hpp>
#include <gyre/http/server/handler.hpp>
#include <gyre/http/server/server_options.hpp>
#include <gyre/net/listener.hpp>
#include <gyre/runtime/combine/task_group.hpp>
#include <gyre/runtime/coroutine/intrusive_list.hpp>
#include <gyre/runtime/sync/event.hpp>

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <ctime>
#include <exception>
#include <functional>
#include <list>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>

namespace gyre::http {

class server_request;
struct access_record;

namespace detail {

class server_connection;

// What a server and its connections share.
class server_core {
public:
    explicit server_core(server_options o) : options(o) {}
    server_core(const server_core&) = delete;
    server_core& operator=(const server_core&) = delete;

    // --- what the user set
    server_options options;
    router routes;
    std::optional<handler> fallback;
    std::function<void(const server_request&, std::exception_ptr)> on_error;
    std::function<void(const access_record&)> on_response;

    // --- running
    void add_listener(net::listener l);
    const std::list<net::listener>& listeners() const noexcept { return listeners_; }
    // Runs until it was stopped and the last connection has ended.
    static task<> serve(std::shared_ptr<server_core> core);
    // No new connections or requests: closes the listeners and what is idle.
    void begin_stop() noexcept;
    // Stops; gives running exchanges so long, then cancels them, and waits for their end.
    static task<> shutdown(std::shared_ptr<server_core> core, duration grace);
    // The server object goes: nobody waits.
    void abandon() noexcept;
    bool stopping() const noexcept { return stopping_; }

    // --- for connections
    gyre::detail::intrusive_list<server_connection> idle;  // the one that has been idle longest first
    // A new connection waits for one of these to end.
    bool room_wanted() const noexcept { return waiting_for_room_ != 0; }
    // One more is idle: who waits for room may end it.
    void one_is_idle() noexcept {
        if (room_wanted()) room_.set();
    }
    // "Date: ...\r\n", made once a second; empty when it is not wanted.
    std::string_view date_line();
    // Tells of an error that no client may see.
    void report(const server_request& request, std::exception_ptr error) noexcept;
    void report(std::string message, std::exception_ptr error) noexcept;
    // The same where the process has no file descriptor left: once in a while, since every request has the same to tell then.
    void report_shortage(const server_request& request, std::exception_ptr error, std::chrono::steady_clock::time_point now) noexcept;

    piece_pool pieces;
    server_stats stats;

private:
    friend class connection_slot;
    void connection_ended() noexcept;
    task<> run(task_group& group);
    task<> accept_from(net::listener& from, task_group& group);
    task<> wait_for_room();
    bool make_room() noexcept;
    bool full() noexcept;

    std::list<net::listener> listeners_;
    task_group* group_ = nullptr;  // of serve(), while connections may be accepted
    event room_;                   // it may be that one more connection can be accepted; or it is over
    std::size_t waiting_for_room_ = 0;
    descriptor_budget descriptors_;
    std::size_t known_room_ = 0;  // as many connections as descriptors were enough for when last looked at
    std::chrono::steady_clock::time_point shortage_told_at_ = std::chrono::steady_clock::time_point::min();
    event ended_;  // serve() has ended
    std::exception_ptr accept_error_;
    std::time_t date_of_ = 0;
    std::string date_line_;
    bool serving_ = false;
    bool stopping_ = false;
};

// A connection's place among those that a server may have. It is given back whether or not its task ever ran.
class connection_slot {
public:
    explicit connection_slot(server_core& core) noexcept : core_(&core) { ++core.stats.connections; }
    connection_slot(connection_slot&& other) noexcept : core_(std::exchange(other.core_, nullptr)) {}
    connection_slot& operator=(connection_slot&&) = delete;
    ~connection_slot() {
        if (core_ != nullptr) core_->connection_ended();
    }

private:
    server_core* core_;
};

}  // namespace detail
}  // namespace gyre::http
