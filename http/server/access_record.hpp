#pragma once

#include <gyre/http/server/server_request.hpp>
#include <gyre/runtime/loop/loop_options.hpp>

#include <cstdint>

namespace gyre::http {

// A response that has been sent, for an access log.
// Thread: the loop's.
struct access_record {
    access_record(const server_request& r, int s, std::uint64_t b, duration t) noexcept : request(r), status(s), bytes(b), took(t) {}

    const server_request& request;
    int status;
    std::uint64_t bytes;  // sent, the head included
    duration took;        // from the end of the request's head to the last byte's way into the socket
};

}  // namespace gyre::http
