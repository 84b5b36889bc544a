// What a hostile or broken client may send: every request that could be read in two ways is refused, the connection closed, and
// nothing behind it served.
#include <gyre/net/error.hpp>

#include <chrono>
#include <string>
#include <string_view>
#include <vector>

#include "http/server_support.hpp"

using namespace gyre;
using namespace gyre::test;
using namespace std::string_literals;
using http::server_request;
using http::server_response;

namespace {

struct bad_request {
    std::string wire;
    int status;
    bool reaches_handler = false;  // its head is good, its body is not
};

// Each is followed by a request that must not be served.
const std::vector<bad_request>& bad_requests() {
    static const std::vector<bad_request> all = {
        // Two lengths, or one that can be read in several ways.
        {"POST / HTTP/1.1\r\nHost: h\r\nContent-Length: 6\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\nX", 400},
        {"POST / HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: chunked\r\nContent-Length: 6\r\n\r\n0\r\n\r\nX", 400},
        {"POST / HTTP/1.1\r\nHost: h\r\nContent-Length: 3\r\nContent-Length: 3\r\n\r\nabc", 400},
        {"POST / HTTP/1.1\r\nHost: h\r\nContent-Length: 3\r\nContent-Length: 4\r\n\r\nabcd", 400},
        {"POST / HTTP/1.1\r\nHost: h\r\nContent-Length: 3, 3\r\n\r\nabc", 400},
        {"POST / HTTP/1.1\r\nHost: h\r\nContent-Length: +3\r\n\r\nabc", 400},
        {"POST / HTTP/1.1\r\nHost: h\r\nContent-Length: -1\r\n\r\nabc", 400},
        {"POST / HTTP/1.1\r\nHost: h\r\nContent-Length: 0x3\r\n\r\nabc", 400},
        {"POST / HTTP/1.1\r\nHost: h\r\nContent-Length: 3abc\r\n\r\nabc", 400},
        {"POST / HTTP/1.1\r\nHost: h\r\nContent-Length: 1_0\r\n\r\nabc", 400},
        {"POST / HTTP/1.1\r\nHost: h\r\nContent-Length:\r\n\r\nabc", 400},
        {"POST / HTTP/1.1\r\nHost: h\r\nContent-Length: 99999999999999999999\r\n\r\nabc", 400},
        // Transfer codings that are not exactly one "chunked".
        {"POST / HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: chunked\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n", 400},
        {"POST / HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: chunked, chunked\r\n\r\n0\r\n\r\n", 400},
        {"POST / HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: ,chunked\r\n\r\n0\r\n\r\n", 400},
        {"POST / HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: chunked,\r\n\r\n0\r\n\r\n", 400},
        {"POST / HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: xchunked\r\n\r\n0\r\n\r\n", 400},
        {"POST / HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: gzip, chunked\r\n\r\n0\r\n\r\n", 400},
        {"POST / HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: identity\r\n\r\n", 400},
        {"POST / HTTP/1.1\r\nHost: h\r\nTransfer-Encoding:\r\n\r\n0\r\n\r\n", 400},
        {"POST / HTTP/1.1\r\nHost: h\r\nTransfer-Encoding:\r\n chunked\r\n\r\n0\r\n\r\n", 400},
        {"POST / HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: \x0b"s + "chunked\r\n\r\n0\r\n\r\n", 400},
        {"POST / HTTP/1.0\r\nHost: h\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n", 400},
        // Lines that another parser may see elsewhere.
        {"POST / HTTP/1.1\r\nHost: h\r\n Content-Length: 5\r\n\r\nabcde", 400},
        {"GET / HTTP/1.1\r\n Host: h\r\n\r\n", 400},
        {"GET / HTTP/1.1\r\nHost: h\r\n\tX: y\r\n\r\n", 400},
        {"GET / HTTP/1.1\nHost: h\r\n\r\n", 400},
        {"GET / HTTP/1.1\r\nHost: h\n\r\n", 400},
        {"GET / HTTP/1.1\r\nHost: h\r\n\n", 400},
        {"GET / HTTP/1.1\r\nHost: h\r\n\r\rX", 400},
        {"GET / HTTP/1.1\r\nHost: h\r\nX: a\rb\r\n\r\n", 400},
        {"GET / HTTP/1.1\r\nHost: h\r\nX-Abc:\rxTransfer-Encoding: chunked\r\n\r\n", 400},
        {"GET / HTTP/1.1\r\nHost: h\r\nX: a\0b\r\n\r\n"s, 400},
        {"GET / HTTP/1.1\r\nHost: h\r\nX: a\x01\r\n\r\n", 400},
        {"GET / HTTP/1.1\r\nHost: h\r\nX: a\x7f\r\n\r\n", 400},
        {"GET / HTTP/1.1\r\nHost: h\r\n: b\r\n\r\n", 400},
        {"GET / HTTP/1.1\r\nHost: h\r\nFoo : b\r\n\r\n", 400},
        {"GET / HTTP/1.1\r\nHost: h\r\nX Y: b\r\n\r\n", 400},
        {"GET / HTTP/1.1\r\nHost: h\r\nnocolon\r\n\r\n", 400},
        // Hosts.
        {"GET / HTTP/1.1\r\n\r\n", 400},
        {"GET / HTTP/1.1\r\nHost: a\r\nHost: b\r\n\r\n", 400},
        {"GET / HTTP/1.1\r\nHost: a b\r\n\r\n", 400},
        {"GET / HTTP/1.1\r\nHost: a,b\r\n\r\n", 400},
        // Request lines.
        {"GET  / HTTP/1.1\r\nHost: h\r\n\r\n", 400},
        {"GET\t/ HTTP/1.1\r\nHost: h\r\n\r\n", 400},
        {"GET /a b HTTP/1.1\r\nHost: h\r\n\r\n", 400},
        {"GET /\x80 HTTP/1.1\r\nHost: h\r\n\r\n", 400},
        {"GET /#f HTTP/1.1\r\nHost: h\r\n\r\n", 400},
        {"GET / HTTP/1.1 \r\nHost: h\r\n\r\n", 400},
        {"GET a HTTP/1.1\r\nHost: h\r\n\r\n", 400},
        {"GET * HTTP/1.1\r\nHost: h\r\n\r\n", 400},
        {"GET /\r\nHost: h\r\n\r\n", 505},
        {"GET / HTTP/2.0\r\nHost: h\r\n\r\n", 505},
        {"GET / HTTP/1.2\r\nHost: h\r\n\r\n", 505},
        {"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n", 505},
        {"\x16\x03\x01\x02\x01\x01\x01\xfc\x03\x03", 400},
        {"CONNECT h:1 HTTP/1.1\r\nHost: h:1\r\nContent-Length: 3\r\n\r\nabc", 400},
        {"CONNECT h:1 HTTP/1.1\r\nHost: h:1\r\n\r\n", 501},
        {"BREW / HTTP/1.1\r\nHost: h\r\n\r\n", 501},
        // Chunks.
        {"POST / HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: chunked\r\n\r\n3\rXabc\r\n0\r\n\r\n", 400, true},
        {"POST / HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabcXX0\r\n\r\n", 400, true},
        {"POST / HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabc0\r\n\r\n", 400, true},
        {"POST / HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: chunked\r\n\r\n5\r\r;ABCD\r\n0\r\n\r\n", 400, true},
        {"POST / HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: chunked\r\n\r\n0_2e\r\nab\r\n0\r\n\r\n", 400, true},
        {"POST / HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: chunked\r\n\r\n1Z\r\na\r\n0\r\n\r\n", 400, true},
        {"POST / HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: chunked\r\n\r\nffffffffffffffff1\r\na\r\n0\r\n\r\n", 400, true},
        {"POST / HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: chunked\r\n\r\n0x3\r\nabc\r\n0\r\n\r\n", 400, true},
        {"POST / HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: chunked\r\n\r\n-3\r\nabc\r\n0\r\n\r\n", 400, true},
        {"POST / HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: chunked\r\n\r\n3\nabc\n0\n\n", 400, true},
        {"POST / HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: chunked\r\n\r\n0\r\nX: y\n\r\n", 400, true},
        {"POST / HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n X: y\r\n\r\n", 400, true},
    };
    return all;
}

// Answers with what it read; a request for /next is one that nobody may ever see.
struct echo {
    http::server server;
    int next = 0;
    int bodies = 0;
    explicit echo(http::server_options options = http::server_options()) : server(options) {
        server.post("/", [this](server_request& r) -> task<server_response> {
            ++bodies;
            std::string text = co_await r.text();
            co_return server_response::text("<" + text + ">");
        });
        server.get("/", [](server_request&) { return server_response::text("root"); });
        server.get("/next", [this](server_request&) {
            ++next;
            return server_response::text("next");
        });
    }
};

std::string shown(std::string_view wire) {
    std::string text;
    for (const char c : wire) text += c == '\r' ? "\\r" : c == '\n' ? "\\n" : c < ' ' || c > '~' ? "?" : std::string(1, c);
    return text;
}

}  // namespace

GYRE_TEST("every malformed request is refused, the connection closed, and what follows never served") {
    echo e;
    auto body = [&]() -> task<> {
        for (const bad_request& bad : bad_requests()) {
            INFO(shown(bad.wire));
            const int bodies = e.bodies;
            raw_client client = co_await connect_to(e.server);
            co_await client.send(bad.wire + get("/next"));
            const raw_response got = co_await client.read();
            CHECK(got.status == bad.status);
            CHECK(got.get("connection") == "close");
            const bool ended = co_await client.ends();
            CHECK(ended);
            CHECK(e.next == 0);
            CHECK(e.bodies == bodies + (bad.reaches_handler ? 1 : 0));
        }
        CHECK(e.server.stats().failures == 0);
    };
    co_await serving(e.server, body);
}

GYRE_TEST("malformed requests are refused the same when they come byte by byte") {
    echo e;
    auto body = [&]() -> task<> {
        for (std::size_t i = 0; i < bad_requests().size(); i += 4) {
            const bad_request& bad = bad_requests()[i];
            INFO(shown(bad.wire));
            raw_client client = co_await connect_to(e.server);
            try {
                for (const char c : bad.wire + get("/next")) {
                    co_await client.send(std::string(1, c));
                    co_await yield();
                }
            } catch (const net::error&) {
                // It was refused and closed before all was sent.
            }
            const raw_response got = co_await client.read();
            CHECK(got.status == bad.status);
            CHECK(e.next == 0);
        }
    };
    co_await serving(e.server, body);
}

GYRE_TEST("what looks odd and is clear is served") {
    echo e;
    auto body = [&]() -> task<> {
        raw_client client = co_await connect_to(e.server);
        const std::vector<std::pair<std::string, std::string>> good = {
            {"POST / HTTP/1.1\r\nHost: h\r\nContent-Length: 010\r\n\r\n0123456789", "<0123456789>"},
            {"\r\n\r\nGET / HTTP/1.1\r\nHost: h\r\n\r\n", "root"},
            {"GET / HTTP/1.1\r\nhOST:h\r\nX:\r\n\r\n", "root"},
            {"GET http://other:81/ HTTP/1.1\r\nHost: h\r\n\r\n", "root"},
            {"GET http://other?x HTTP/1.1\r\nHost: h\r\n\r\n", "root"},
            {"GET / HTTP/1.1\r\nHost:\r\n\r\n", "root"},
            {"POST / HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: Chunked\r\n\r\n3\r\nabc\r\n003;a=b\r\ndef\r\n0\r\n\r\n", "<abcdef>"},
            {"POST / HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: chunked\r\n\r\n1\r\na\r\n0\r\nContent-Length: 99\r\nHost: x\r\nX: y\r\n\r\n",
             "<a>"},
        };
        for (const auto& [wire, expected] : good) {
            INFO(shown(wire));
            const raw_response got = co_await client.ask(wire);
            CHECK(got.status == 200);
            CHECK(got.body == expected);
        }
    };
    co_await serving(e.server, body);
}

GYRE_TEST("heads, targets and trailers have limits") {
    http::server_options options;
    options.head.max_bytes = 2000;
    options.head.max_fields = 10;
    options.max_target = 1000;
    options.body.max_trailer_bytes = 500;
    echo e(options);
    auto body = [&]() -> task<> {
        std::string many;
        for (int i = 0; i < 20; ++i) many += "X: y\r\n";
        const std::vector<std::pair<std::string, int>> cases = {
            {get("/" + std::string(1001, 'a')), 414},
            {"GET /" + std::string(3000, 'a'), 414},
            {get("/", "X: " + std::string(3000, 'a') + "\r\n"), 431},
            {get("/", many), 431},
            {"POST / HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: chunked\r\n\r\n0\r\nX: " + std::string(600, 'a') + "\r\n\r\n", 431},
        };
        for (const auto& [wire, status] : cases) {
            INFO(shown(wire.substr(0, 100)));
            raw_client client = co_await connect_to(e.server);
            co_await client.send(wire);
            const raw_response got = co_await client.read();
            CHECK(got.status == status);
            CHECK(got.get("connection") == "close");
            const bool ended = co_await client.ends();
            CHECK(ended);
        }
    };
    co_await serving(e.server, body);
}

GYRE_TEST("a 2 MB header is refused without being kept") {
    echo e;
    auto body = [&]() -> task<> {
        raw_client client = co_await connect_to(e.server);
        co_await client.send("GET / HTTP/1.1\r\nHost: h\r\nX: ");
        try {
            for (int i = 0; i < 32; ++i) co_await client.send(std::string(65536, 'x'));
        } catch (const net::error&) {
            // The server stopped to listen after a while.
        }
        const raw_response got = co_await client.read();
        CHECK(got.status == 431);
    };
    co_await serving(e.server, body);
}

GYRE_TEST_VIRTUAL("a head that does not come in time gets 408; silence gets nothing") {
    echo e;
    auto body = [&]() -> task<> {
        raw_client client = co_await connect_to(e.server);
        const loop_stopwatch watch;
        // One byte a second does not help.
        const std::string wire = "GET / HTTP/1.1\r\nHost: h\r\n";
        std::size_t sent = 0;
        try {
            for (; sent < wire.size(); ++sent) {
                co_await client.send(wire.substr(sent, 1));
                co_await sleep(std::chrono::seconds(1));
            }
        } catch (const net::error&) {
        }
        const raw_response got = co_await client.read();
        CHECK(got.status == 408);
        CHECK(got.get("connection") == "close");
        CHECK(e.server.stats().timeouts == 1);

        raw_client silent = co_await connect_to(e.server);
        const loop_stopwatch second;
        const bool ended = co_await silent.ends();
        CHECK(ended);
        CHECK(second.elapsed() >= std::chrono::seconds(10));
        CHECK(second.elapsed() < std::chrono::seconds(12));
        CHECK(e.server.stats().timeouts == 1);
    };
    co_await serving(e.server, body);
}

GYRE_TEST_VIRTUAL("an idle connection is closed after its time, counted from the last response") {
    echo e;
    auto body = [&]() -> task<> {
        raw_client client = co_await connect_to(e.server);
        for (int i = 0; i < 3; ++i) {
            const raw_response got = co_await client.ask(get("/"));
            CHECK(got.status == 200);
            co_await sleep(std::chrono::seconds(60));
        }
        const loop_stopwatch watch;
        const bool ended = co_await client.ends();
        CHECK(ended);
        CHECK(watch.elapsed() >= std::chrono::seconds(14));
        CHECK(watch.elapsed() < std::chrono::seconds(17));
        CHECK(e.server.stats().timeouts == 0);
    };
    co_await serving(e.server, body);
}
