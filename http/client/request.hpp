#pragma once
#include <gyre/http/client/response.hpp>
#include <gyre/http/url/url.hpp>
#include <gyre/runtime/coroutine/task.hpp>
#include <gyre/runtime/loop/duration.hpp>

#include <memory>
#include <string>
#include <string_view>

namespace gyre::http {

namespace detail {
class call;
}

// A request that is being put together. Awaiting it sends it:
//     auto response = co_await http.post(url).header("Accept", "text/plain").body("...").timeout(10s);
// Move-only; sent once.
// Thread: any before it is sent, one at a time; then the client's loop's.
// Throws: invalid_state_error when it was sent before, or moved from; std::bad_alloc; and what a member names.
class [[nodiscard("a request is sent when it is awaited")]] request {
public:
    request(request&&) noexcept;
    request& operator=(request&&) noexcept;
    ~request();

    // Adds a header. One that the client sends by itself (Host, User-Agent, Accept, the default headers) is replaced.
    // Throws: header_error when the name is no token or the value holds a control character; invalid_state_error when it was sent before.
    request& header(std::string_view name, std::string_view value) &;
    request&& header(std::string_view name, std::string_view value) && { return std::move(header(name, value)); }
    // Adds name=value to the URL's query, percent-encoded as forms are.
    // Throws: url_error when the URL would grow too long; invalid_state_error when it was sent before.
    request& query(std::string_view name, std::string_view value) &;
    request&& query(std::string_view name, std::string_view value) && { return std::move(query(name, value)); }
    // The whole body. Its length is sent as Content-Length.
    // Throws: invalid_state_error when it was sent before; so do the others. Source: RFC 9110 section 8.6.
    request& body(std::string bytes) &;
    request&& body(std::string bytes) && { return std::move(body(std::move(bytes))); }
    // Instead of client_options::total_timeout; zero: none.
    request& timeout(time_span total) &;
    request&& timeout(time_span total) && { return std::move(timeout(total)); }
    // Instead of client_options::read_timeout.
    request& read_timeout(time_span idle) &;
    request&& read_timeout(time_span idle) && { return std::move(read_timeout(idle)); }
    // Instead of client_options::first_byte_timeout.
    request& first_byte_timeout(time_span limit) &;
    request&& first_byte_timeout(time_span limit) && { return std::move(first_byte_timeout(limit)); }

    // Sends it and waits for the head of the response; the body is read through the response.
    // A kept connection that proves dead before any of the response came is replaced by a new one, and the request sent again, when the
    // request cannot have been processed, or when processing it twice does no harm (GET, HEAD, OPTIONS, TRACE, or an Idempotency-Key
    // header). So it is sent twice at most.
    // Cancel: at once; the connection is closed, and the response is lost to a request that may have been processed.
    // Thread: the client's loop's.
    // Throws: url_error; http::error and what derives from it; invalid_state_error when it was sent before, outside a running loop, or in
    // another loop than the client's. Source: RFC 9110 section 9.2.2 (what may be sent twice).
    task<response> send();
    auto operator co_await() { return send().operator co_await(); }

    // For the library.
    explicit request(std::unique_ptr<detail::call> made) noexcept;

private:
    detail::call& open();
    std::unique_ptr<detail::call> call_;
};

}  // namespace gyre::http
