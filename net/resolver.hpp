#pragma once
#include <gyre/net/address.hpp>
#include <gyre/net/connect_options.hpp>
#include <gyre/net/error.hpp>
#include <gyre/runtime/coroutine/future_core.hpp>
#include <gyre/runtime/coroutine/task.hpp>

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

namespace gyre::net {

namespace detail {
class resolver_core;
}

struct resolver_options {
    resolver_options() {}  // not an aggregate: g++ 12 destroys aggregate temporaries in co_await expressions twice

    std::vector<std::string> servers;                 // "192.0.2.53", "127.0.0.1:5353", "[::1]:53"; none: those of /etc/resolv.conf
    duration timeout = std::chrono::seconds(2);       // of the first try of a server; it doubles when all have been tried
    int tries = 3;                                    // of each server
    bool search = true;                               // also under the search domains of /etc/resolv.conf
    std::string hosts_file = "/etc/hosts";            // looked into first; "": none
    duration max_ttl = std::chrono::minutes(5);       // answers are kept as long as they say, and no longer than this
    duration negative_ttl = std::chrono::seconds(5);  // how long a failure is kept
    duration max_stale = std::chrono::minutes(5);     // an answer so old is still used while no server answers
    std::size_t cache_size = 4096;                    // names that are kept; the least recently used goes first
};

struct resolver_stats {
    std::uint64_t lookups = 0;    // names asked for that are no literals
    std::uint64_t hits = 0;       // known from the cache
    std::uint64_t joined = 0;     // waited for a question that was under way already
    std::uint64_t questions = 0;  // asked of the servers
    std::size_t cached = 0;
};

// Turns names into addresses: IP literals as they are, "localhost" and "*.localhost" to loopback, the hosts file, then DNS through
// c-ares, with a cache. Lookups of one name at the same time are one question.
// A copyable handle; of the loop it was made in.
// Thread: the loop's. Source: RFC 6761 section 6.3.
class resolver {
public:
    // Throws: invalid_state_error outside a running loop; net::error when the servers given make no sense.
    explicit resolver(const resolver_options& options = resolver_options());
    // The running loop's own, which connect() uses. Throws: invalid_state_error outside a running loop.
    static resolver of_loop();

    // Returns: at least one address, the best first; successive calls take turns among equals.
    // Cancel: at once, nothing is lost: the question goes on for others who wait, and for the cache.
    // Throws: resolve_error; timeout_error when the deadline has passed; invalid_state_error for a task of another loop.
    task<std::vector<address>> resolve(std::string host, std::uint16_t port = 0, family wanted = family::any,
                                       std::optional<time_point> deadline = std::nullopt);

    // Forgets every answer; a question under way goes on, and its answer is kept. Throws: std::bad_alloc.
    void clear_cache();
    // What it has done since it was made, and what it knows. Throws: nothing.
    resolver_stats stats() const;

    // For the library: as resolve(), and nullopt when the deadline has passed.
    task<std::optional<std::vector<address>>> resolve_before(std::string host, std::uint16_t port, family wanted,
                                                             std::optional<time_point> deadline);
    resolver(const resolver&) noexcept;
    resolver(resolver&&) noexcept;
    resolver& operator=(const resolver&) noexcept;
    resolver& operator=(resolver&&) noexcept;
    ~resolver();

private:
    explicit resolver(gyre::detail::core_ref<detail::resolver_core> core) noexcept;
    gyre::detail::core_ref<detail::resolver_core> core_;
};

// The addresses of a host, with the port in them, by the loop's own resolver.
// Cancel: as resolver::resolve(). Thread: a loop's. Throws: resolve_error; invalid_state_error outside a running loop.
task<std::vector<address>> resolve(std::string host, std::uint16_t port = 0, family wanted = family::any);

}  // namespace gyre::net
