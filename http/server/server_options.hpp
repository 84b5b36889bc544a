#pragma once

#include <gyre/http/message/body_decoder.hpp>
#include <gyre/http/message/head.hpp>
#include <gyre/runtime/loop/loop_options.hpp>

#include <chrono>
#include <cstddef>
#include <cstdint>

namespace gyre::http {

// Limits of a server. What goes beyond one is answered with the status that stands beside it, and the connection is closed.
// A time limit of 0 is none.
struct server_options {
    server_options() {}  // not an aggregate: g++ 12 destroys aggregate temporaries in co_await expressions twice

    head_limits head;                                   // of a request: 431
    std::size_t max_target = std::size_t{8} << 10;      // bytes of a request's target: 414
    std::uint64_t max_body = std::uint64_t{1} << 20;    // bytes of a request's body, unless the handler sets its own: 413
    body_limits body;                                   // of chunk extensions (400) and trailers (431)
    std::uint64_t max_drain = std::uint64_t{64} << 10;  // bytes of an unread body that are read to keep the connection

    // From the first byte of a request (of a connection, for its first one) to the end of its head: 408.
    duration head_timeout = std::chrono::seconds(10);
    // How long a connection may wait for its next request; it is then closed.
    duration keep_alive_timeout = std::chrono::seconds(75);
    // How long the client may send nothing of a body that is being read: 408.
    duration body_timeout = std::chrono::seconds(30);
    // The least bytes a second of a body on the whole, counted after the first `body_timeout` of waiting for it: 408. 0: any.
    std::uint64_t min_body_rate = 240;
    // How long the client may take nothing of a response: the connection is reset.
    duration write_timeout = std::chrono::seconds(60);
    // How long a connection that is closed in mid-request is still read from, so that the client gets the response.
    duration linger_timeout = std::chrono::seconds(2);

    // Connections at a time; 0: any number. Never more than the process may have open files (RLIMIT_NOFILE), less what is open when
    // serve() begins and an eighth (16 to 1024) kept back to answer with. At the limit the one that has been idle longest is closed
    // for a new one, after its first request or a second without one; while none is idle new ones wait in the kernel's queue.
    std::size_t max_connections = 100'000;
    // A handler is cancelled when its client has gone (looked at once a second); off: it runs to its end.
    bool cancel_on_disconnect = true;
    // A client that has ended its side of the connection may wait for its answer still, or may have gone: nobody can tell before
    // something is sent. The handler may go on for so long, then the client counts as gone.
    duration half_close_timeout = std::chrono::seconds(30);
    // Sends a Date header (RFC 9110 section 6.6.1 wants one of a server with a clock).
    bool send_date = true;
};

// What a server has done since it was made, and what it does now.
struct server_stats {
    std::uint64_t accepted = 0;      // connections
    std::uint64_t requests = 0;      // whose head was good
    std::uint64_t responses = 0;     // sent to their end
    std::uint64_t bytes_sent = 0;    // of responses, heads included
    std::uint64_t bad_requests = 0;  // refused for what their bytes were
    std::uint64_t timeouts = 0;      // of heads, bodies and writes; not of idle connections
    std::uint64_t failures = 0;      // handlers and response bodies that threw
    std::uint64_t disconnects = 0;   // clients that went away in mid-request or mid-response
    std::size_t connections = 0;     // now
    std::size_t idle = 0;            // of these, waiting for a request
};

}  // namespace gyre::http
