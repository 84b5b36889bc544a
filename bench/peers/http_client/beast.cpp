// Boost.Beast on asio::awaitable, one io_context and one thread. Each connection keeps its buffer, roomy enough from the start: Beast sizes
// its reads by what the buffer holds, and a fresh flat_buffer would read a large body 512 bytes at a time. malloc is told to keep what is
// freed: the memory of large bodies would otherwise go back to the kernel and come again with every request.
#include <utility>

#include <boost/asio/awaitable.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <boost/beast/core.hpp>
#include <boost/beast/http.hpp>
#include <boost/version.hpp>

#include <malloc.h>

#include <algorithm>
#include <exception>
#include <memory>
#include <vector>

#include "../support.hpp"

namespace {

namespace asio = boost::asio;
namespace beast = boost::beast;
namespace http = beast::http;
using tcp = asio::ip::tcp;

struct connection {
    connection(asio::io_context& io, std::size_t room) : stream(io) { buffer.reserve(room); }

    beast::tcp_stream stream;
    beast::flat_buffer buffer;
    bool open = false;
};

struct job {
    const peers::http_options& options;
    tcp::endpoint server;
    http::request<http::empty_body> request;
    std::size_t to_start = 0;
    peers::tally tally;
};

asio::awaitable<void> worker(job& j, connection& c) {
    if (!c.open) {
        co_await c.stream.async_connect(j.server, asio::use_awaitable);
        c.stream.socket().set_option(tcp::no_delay(true));
        c.open = true;
    }
    while (j.to_start > 0) {
        --j.to_start;
        co_await http::async_write(c.stream, j.request, asio::use_awaitable);
        http::response<http::string_body> response;
        co_await http::async_read(c.stream, c.buffer, response, asio::use_awaitable);
        if (response.result_int() != 200 || response.body().size() != j.options.expect) continue;
        ++j.tally.requests;
        j.tally.bytes += response.body().size();
    }
}

peers::tally run(asio::io_context& io, job& j, std::vector<std::unique_ptr<connection>>& connections, std::size_t requests) {
    j.to_start = requests;
    j.tally = {};
    const auto on_end = [](std::exception_ptr error) {
        try {
            if (error) std::rethrow_exception(error);
        } catch (const std::exception& e) {
            std::fprintf(stderr, "%s\n", e.what());  // its request is missing from the tally, and so counts as an error
        }
    };
    for (const auto& c : connections) asio::co_spawn(io, worker(j, *c), on_end);
    io.restart();
    io.run();
    return j.tally;
}

}  // namespace

int main(int argc, char** argv) {
    const peers::http_options options = peers::http_command_line(argc, argv);
    ::mallopt(M_TRIM_THRESHOLD, 256 * 1024 * 1024);
    asio::io_context io(1);
    job j{options, tcp::endpoint(asio::ip::make_address(options.host), static_cast<unsigned short>(std::stoi(options.port))), {}, 0, {}};
    j.request.method(http::verb::get);
    j.request.target(options.path);
    j.request.version(11);
    j.request.set(http::field::host, options.host + ":" + options.port);
    std::vector<std::unique_ptr<connection>> connections;
    for (std::size_t i = 0; i < options.connections; ++i) {
        connections.push_back(std::make_unique<connection>(io, std::min<std::size_t>(options.expect + 2048, 128 * 1024)));
    }

    peers::http_measurement m(options);
    m.begin(run(io, j, connections, m.warm_up()));
    const int boost = BOOST_VERSION;
    return m.end(run(io, j, connections, options.requests),
                 "Boost " + std::to_string(boost / 100000) + "." + std::to_string(boost / 100 % 1000));
}
