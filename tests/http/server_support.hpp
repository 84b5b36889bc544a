// What tests of the server share: a client that sends the bytes it is told to and reads responses with as little cleverness as
// possible, and a server that runs while a test's body does.
#pragma once
#include <gyre/http/server/server.hpp>
#include <gyre/net/stream.hpp>

#include <cstdint>
#include <functional>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "support/test.hpp"
#include "support/until.hpp"

namespace gyre::test {

struct raw_response {
    int status = 0;
    std::string head;                            // with the empty line
    std::map<std::string, std::string> headers;  // names in lower case; the last one of a name
    std::string body;
    bool has(const std::string& name) const { return headers.count(name) != 0; }
    std::string get(const std::string& name) const { return has(name) ? headers.at(name) : std::string(); }
};

class raw_client {
public:
    explicit raw_client(net::stream connected) : stream_(std::move(connected)) {}

    task<> send(std::string bytes);
    // The next response. Throws std::runtime_error when the connection ends before it is whole.
    task<raw_response> read(std::string method = "GET");
    task<raw_response> ask(std::string bytes, std::string method = "GET");
    // All that still comes; throws net::error when the connection is reset.
    task<std::string> rest();
    // True when the server closes in an orderly way without sending more.
    task<bool> ends();
    // True when the connection is reset, after whatever else comes.
    task<bool> is_reset();
    task<> end_writing() { co_await stream_.shutdown_write(); }
    void reset() { stream_.abort(); }
    net::stream& stream() { return stream_; }

private:
    task<bool> fill();
    task<> read_chunked(std::string& body);
    task<std::string> take(std::size_t bytes);
    task<std::string> take_line();

    net::stream stream_;
    std::string buffer_;
};

// A connection to the server.
task<raw_client> connect_to(const http::server& server);

// Sends the bytes on a connection of its own, ends the writing, and gives all that comes back.
task<std::string> send_and_read_all(const http::server& server, std::string bytes);

// "GET path HTTP/1.1" with a Host and these lines (each with its CRLF).
std::string get(std::string_view path, std::string_view lines = {});
// The same with a Content-Length and a body.
std::string post(std::string_view path, std::string_view body, std::string_view lines = {});

// Serves on a free port while the body runs, then closes the server and waits for its end. What the body throws comes out.
task<> serving(http::server& server, std::function<task<>()> body);

}  // namespace gyre::test
