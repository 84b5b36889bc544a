#pragma once
#include <gyre/http/client/client_options.hpp>
#include <gyre/http/client/request.hpp>
#include <gyre/http/client/response.hpp>
#include <gyre/http/url/url.hpp>
#include <gyre/runtime/coroutine/future_core.hpp>

#include <string_view>

namespace gyre::http {

namespace detail {
class pool;
}

// Makes requests, and keeps connections for the next ones. One client for a whole program, or for each part of it with limits of its
// own; move-only.
//     gyre::http::client http;
//     auto response = co_await http.get("http://example.org/");
//     std::string page = co_await response.text();
// It may be made anywhere; the loop that runs its first request is then the client's own, until that loop is closed. The destructor
// closes idle connections, without waiting; requests under way go on to their end.
// Requests to one host get connections in the order they came, hosts by turns.
// Thread: any before its first request, one at a time; then the loop's. Throws: std::bad_alloc, and what a member names.
class client {
public:
    // Throws: std::invalid_argument for a limit of no connections.
    client();
    explicit client(client_options options);
    client(client&&) noexcept;
    client& operator=(client&&) noexcept;
    ~client();

    // A request to put together and await. A URL that is malformed throws url_error when the request is awaited. User name and
    // password in a URL are sent as Basic authentication, unless the request has an Authorization header, and are shown nowhere.
    // Source: RFC 7617 (Basic authentication).
    http::request get(std::string_view url) { return request("GET", url); }
    http::request get(http::url url) { return request("GET", std::move(url)); }
    http::request head(std::string_view url) { return request("HEAD", url); }
    http::request head(http::url url) { return request("HEAD", std::move(url)); }
    http::request post(std::string_view url) { return request("POST", url); }
    http::request post(http::url url) { return request("POST", std::move(url)); }
    http::request put(std::string_view url) { return request("PUT", url); }
    http::request put(http::url url) { return request("PUT", std::move(url)); }
    http::request patch(std::string_view url) { return request("PATCH", url); }
    http::request patch(http::url url) { return request("PATCH", std::move(url)); }
    http::request delete_(std::string_view url) { return request("DELETE", url); }
    http::request delete_(http::url url) { return request("DELETE", std::move(url)); }
    // Any other method; they are case-sensitive.
    http::request request(std::string_view method, std::string_view url);
    http::request request(std::string_view method, http::url url);

    const client_options& options() const noexcept;
    client_stats stats() const noexcept;
    // Closes the idle connections.
    void close_idle() noexcept;

private:
    gyre::detail::core_ref<detail::pool> pool_;
};

}  // namespace gyre::http
