#pragma once

#include <gyre/http/server/access_record.hpp>
#include <gyre/http/server/folder_options.hpp>
#include <gyre/http/server/handler.hpp>
#include <gyre/http/server/response_error.hpp>
#include <gyre/http/server/server_options.hpp>
#include <gyre/http/server/server_request.hpp>
#include <gyre/http/server/server_response.hpp>
#include <gyre/net/address.hpp>
#include <gyre/net/listener.hpp>
#include <gyre/runtime/coroutine/task.hpp>
#include <gyre/runtime/loop/duration.hpp>

#include <cstdint>
#include <exception>
#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

namespace gyre::http {

namespace detail {
class server_core;
}

// An HTTP/1.1 server: routes, handlers, folders. Move-only; of one loop.
//
//     http::server server;
//     server.get("/hello/{name}", [](http::server_request& request) {
//         return http::server_response::text("hello " + std::string(request.param("name")) + "\n");
//     });
//     server.serve_folder("/", "public");
//     co_await server.listen("127.0.0.1", 8080);
//     co_await server.serve();
//
// Each connection has a task, which serve() owns; a handler runs in it, and an error of one reaches no other. What a client
// may do wrong is answered and the connection closed. Under `with` a server is closed at the end.
// Thread: the loop's. Throws: std::bad_alloc, and what a member names.
class server {
public:
    explicit server(server_options options = server_options());
    server(server&&) noexcept;
    server& operator=(server&&) noexcept;
    // Stops at once and waits for nothing.
    ~server();

    // --- what it answers; may grow while it serves

    // Calls `to` for requests of that method whose path fits the pattern: segments are plain text or "{name}", which is any
    // one that is not empty; "{name...}" at the end is all the rest. Plain text beats a parameter. HEAD finds what GET does.
    // A path that fits no pattern gets 404, one without the method 405.
    // Throws: std::invalid_argument for a malformed pattern or method, and for one that has a handler already.
    // Source: RFC 9110 sections 9.3.2 (HEAD), 15.5.5 (404) and 15.5.6 (405).
    server& route(std::string_view method, std::string_view pattern, handler to);
    server& get(std::string_view pattern, handler to) { return route("GET", pattern, std::move(to)); }
    server& post(std::string_view pattern, handler to) { return route("POST", pattern, std::move(to)); }
    server& put(std::string_view pattern, handler to) { return route("PUT", pattern, std::move(to)); }
    server& patch(std::string_view pattern, handler to) { return route("PATCH", pattern, std::move(to)); }
    // DELETE, which is a keyword.
    server& del(std::string_view pattern, handler to) { return route("DELETE", pattern, std::move(to)); }

    // Calls `to` where no pattern fits, instead of answering 404.
    server& fallback(handler to);

    // Answers GET and HEAD below `prefix` with the files below `directory`: with their types, validators (304), single ranges,
    // "index.html" for a directory, and a redirect for one that was asked for without its slash. Nothing outside the
    // directory can be reached, by no path and no symbolic link.
    // Throws: fs::error when the directory cannot be opened; std::invalid_argument as route(), and for an index that is no plain name.
    // Source: RFC 9110 sections 13.1 (conditional requests) and 14.2 (ranges).
    server& serve_folder(std::string_view prefix, std::string directory, folder_options options = folder_options());

    // Is told what a handler, or the body of its response, threw; the client gets a 500 without details. Else the loop's
    // exception handler is told.
    server& on_error(std::function<void(const server_request&, std::exception_ptr)> fn);
    // Is called for each response that has been sent to its end: an access log.
    server& on_response(std::function<void(const access_record&)> fn);

    // --- running

    // Starts to listen, on several addresses when called again; connections are accepted once serve() runs. `host`: an IP
    // address, "" for every one of this machine, "localhost", or a name. `port`: 0 for a free one.
    // Cancel: at once, nothing is lost.
    // Throws: net::error that names the address; net::resolve_error; invalid_state_error after close(), or outside a running loop.
    task<> listen(std::string host, std::uint16_t port, net::listen_options options = net::listen_options());
    // The same for any listener, such as a Unix socket's. Throws: invalid_state_error after close().
    void listen(net::listener on);

    // Of the first listener; 0 without one, or when it has no port. Throws: nothing.
    std::uint16_t port() const;
    // Of every listener. Throws: std::bad_alloc.
    std::vector<net::address> addresses() const;

    // Serves until close(), shutdown() or stop() was called and the last connection has ended.
    // Cancel: stops listening, cancels every handler and waits for their ends; what they have not answered is lost.
    // Throws: invalid_state_error without a listener, and while it runs already; net::error when a listener breaks.
    task<> serve();

    // Stops listening at once and closes idle connections; requests that are being answered have `grace` to finish, then
    // their handlers are cancelled. Returns when serve() is about to.
    // Cancel: at once, and what it began is not lost: it goes on, without the deadline. Throws: nothing.
    task<> shutdown(time_span grace = std::chrono::seconds(30));
    // shutdown() without grace: what the handlers have not answered is lost.
    task<> close();
    // Begins an orderly end and returns: serve() ends when the last request has been answered.
    void stop() noexcept;

    server_stats stats() const noexcept;

private:
    std::shared_ptr<detail::server_core> core_;
};

}  // namespace gyre::http
