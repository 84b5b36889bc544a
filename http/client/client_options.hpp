#pragma once
#include <gyre/http/headers/headers.hpp>
#include <gyre/net/connect_options.hpp>
#include <gyre/runtime/loop/loop_options.hpp>

#include <chrono>
#include <cstddef>
#include <string>

namespace gyre::http {

// How a client behaves. A time limit of zero is none; each is told by name in a timeout_error.
struct client_options {
    client_options() {}  // not an aggregate: g++ 12 destroys aggregate temporaries in co_await expressions twice

    // --- the pool
    std::size_t max_connections = 256;
    // To one scheme, host and port; as many may stay open when idle.
    std::size_t max_connections_per_host = 32;
    // An idle connection is closed after this, or earlier when the server says so (Keep-Alive: timeout).
    duration idle_expiry = std::chrono::seconds(15);

    // --- time limits
    // From when a connection is there, or is being made for the request, to the last byte of the body.
    duration total_timeout = duration::zero();
    // Of waiting for other requests to give a connection back. No other limit counts that time.
    duration pool_timeout = duration::zero();
    // Of resolving the name and connecting.
    duration connect_timeout = std::chrono::seconds(10);
    // Of sending, between two signs of progress.
    duration write_timeout = std::chrono::seconds(60);
    // From when the request was sent to the first byte of the response.
    duration first_byte_timeout = std::chrono::seconds(60);
    // Of waiting for more of the response.
    duration read_timeout = std::chrono::seconds(60);

    // --- what is sent and taken
    std::string user_agent = "gyre/0.1";
    // Sent with every request that does not set a header of that name itself. Throws at the first request: header_error for
    // Content-Length and Transfer-Encoding, which are the client's.
    http::headers default_headers;
    // Of a response's status line and headers. A longer one is a protocol_error.
    std::size_t max_head_bytes = 64 * 1024;
    std::size_t max_header_fields = 128;

    // How connections are made; its timeout is not used.
    net::connect_options connect;
};

// What a client's pool holds now, and has done so far.
struct client_stats {
    std::size_t connections = 0;  // open, or being made
    std::size_t idle = 0;         // of these
    std::size_t connecting = 0;   // of these
    std::size_t waiting = 0;      // requests without a connection
    std::uint64_t requests = 0;   // sent
    std::uint64_t connected = 0;  // connections made
    std::uint64_t retries = 0;    // requests sent again, because an idle connection turned out to be dead
    std::uint64_t spoiled = 0;    // connections dropped because the server sent what nobody had asked for
};

}  // namespace gyre::http
