// Bodies of requests: how they are read, limited, drained and waited for.
#include <gyre/http/message/message_error.hpp>
#include <gyre/net/error.hpp>

#include <chrono>
#include <cstddef>
#include <string>
#include <vector>

#include "http/server_support.hpp"

using namespace gyre;
using namespace gyre::test;
using http::server_request;
using http::server_response;
using namespace std::chrono_literals;

namespace {

std::string chunked(std::string_view path, const std::vector<std::string>& pieces) {
    std::string wire = "POST " + std::string(path) + " HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: chunked\r\n\r\n";
    for (const std::string& piece : pieces) {
        char size[20];
        std::snprintf(size, sizeof size, "%zx\r\n", piece.size());
        wire += size + piece + "\r\n";
    }
    return wire + "0\r\n\r\n";
}

}  // namespace

GYRE_TEST("bodies are read as text, as bytes and piece by piece") {
    http::server server;
    server.post("/text", [](server_request& r) -> task<server_response> {
        std::string text = co_await r.text();
        const std::string again = co_await r.text();
        CHECK(again.empty());
        co_return server_response::text(text);
    });
    server.post("/bytes", [](server_request& r) -> task<server_response> {
        const std::vector<std::byte> bytes = co_await r.bytes();
        co_return server_response::text(std::to_string(bytes.size()));
    });
    server.post("/chunks", [](server_request& r) -> task<server_response> {
        std::string text;
        auto chunks = r.chunks();
        while (true) {
            const auto chunk = co_await chunks.next();
            if (!chunk) break;
            CHECK_FALSE(chunk->empty());
            text += *chunk;
        }
        co_return server_response::text(text);
    });
    auto body = [&]() -> task<> {
        raw_client client = co_await connect_to(server);
        std::string large(900'000, 'x');
        for (std::size_t i = 0; i < large.size(); i += 1009) large[i] = static_cast<char>('a' + i % 26);
        for (const char* path : {"/text", "/chunks"}) {
            for (const std::string& text : std::vector<std::string>{"", "a", large}) {
                const raw_response counted = co_await client.ask(post(path, text));
                CHECK(counted.body == text);
                std::vector<std::string> pieces;
                for (std::size_t at = 0; at < text.size(); at += 100'000) pieces.push_back(text.substr(at, 100'000));
                const raw_response in_chunks = co_await client.ask(chunked(path, pieces));
                CHECK(in_chunks.body == text);
            }
        }
        const raw_response bytes = co_await client.ask(post("/bytes", large));
        CHECK(bytes.body == "900000");
        // A body that comes byte by byte, with its head.
        const std::string wire = chunked("/text", {"one", "two"});
        for (const char c : wire) co_await client.send(std::string(1, c));
        const raw_response slow = co_await client.read();
        CHECK(slow.body == "onetwo");
        CHECK(server.stats().accepted == 1);
    };
    co_await serving(server, body);
}

GYRE_TEST("a body over the limit is refused with 413 as soon as that is known; a handler may raise it") {
    http::server_options options;
    options.max_body = 1000;
    http::server server(options);
    server.post("/", [](server_request& r) -> task<server_response> {
        const std::string text = co_await r.text();
        co_return server_response::text(std::to_string(text.size()));
    });
    server.post("/more", [](server_request& r) -> task<server_response> {
        r.set_max_body(5000);
        const std::string text = co_await r.text();
        co_return server_response::text(std::to_string(text.size()));
    });
    auto body = [&]() -> task<> {
        raw_client client = co_await connect_to(server);
        const raw_response most = co_await client.ask(post("/", std::string(1000, 'x')));
        CHECK(most.body == "1000");
        const std::string more = chunked("/more", {std::string(2000, 'x'), std::string(3000, 'x')});
        const raw_response chunks = co_await client.ask(more);
        CHECK(chunks.body == "5000");
        const std::vector<std::string> too_long = {post("/", std::string(1001, 'x')),
                                                   chunked("/", {std::string(600, 'x'), std::string(401, 'x')}),
                                                   post("/more", std::string(5001, 'x'))};
        for (const std::string& wire : too_long) {
            raw_client other = co_await connect_to(server);
            const raw_response got = co_await other.ask(wire);
            CHECK(got.status == 413);
            CHECK(got.get("connection") == "close");
            const bool ended = co_await other.ends();
            CHECK(ended);
        }
        // The length alone tells: nothing of the body is waited for.
        raw_client early = co_await connect_to(server);
        const raw_response got = co_await early.ask("POST / HTTP/1.1\r\nHost: h\r\nContent-Length: 1000000\r\n\r\n");
        CHECK(got.status == 413);
        CHECK(server.stats().failures == 0);
    };
    co_await serving(server, body);
}

GYRE_TEST("a client that is still sending gets the response before the connection ends") {
    http::server server;
    server.post("/", [](server_request&) { return server_response::text("enough", 403); });
    auto body = [&]() -> task<> {
        raw_client client = co_await connect_to(server);
        const std::string whole(5'000'000, 'x');
        std::string head = "POST / HTTP/1.1\r\nHost: h\r\nContent-Length: " + std::to_string(whole.size()) + "\r\n\r\n";
        co_await client.send(head + whole);
        const raw_response got = co_await client.read();
        CHECK(got.status == 403);
        CHECK(got.body == "enough");
        CHECK(got.get("connection") == "close");
        const bool ended = co_await client.ends();
        CHECK(ended);
    };
    co_await serving(server, body);
}

GYRE_TEST("a small body that nobody read is drained, and the next request is found behind it") {
    http::server server;
    server.post("/", [](server_request&) { return server_response::text("ignored"); });
    server.get("/", [](server_request&) { return server_response::text("next"); });
    auto body = [&]() -> task<> {
        raw_client client = co_await connect_to(server);
        const std::vector<std::string> bodies = {post("/", std::string(10, 'x')), post("/", std::string(60'000, 'x')),
                                                 chunked("/", {"a", std::string(50'000, 'x')}),
                                                 post("/missing", "GET /evil HTTP/1.1\r\n\r\n")};
        for (const std::string& wire : bodies) {
            const raw_response first = co_await client.ask(wire);
            CHECK(first.status != 400);
            const raw_response next = co_await client.ask(get("/"));
            CHECK(next.body == "next");
        }
        CHECK(server.stats().accepted == 1);
        // One that turns out too long is not read to its end.
        raw_client other = co_await connect_to(server);
        const std::string ignored_and_next = chunked("/", {std::string(60'000, 'x'), std::string(60'000, 'x')}) + get("/");
        const raw_response first = co_await other.ask(ignored_and_next);
        CHECK(first.body == "ignored");
        const bool ended = co_await other.ends();
        CHECK(ended);
    };
    co_await serving(server, body);
}

GYRE_TEST("100 Continue is sent when the body is read, and not before") {
    http::server server;
    bool asked = false;
    server.post("/", [&](server_request& r) -> task<server_response> {
        co_await until([&] { return asked; });
        const std::string text = co_await r.text();
        co_return server_response::text(text);
    });
    server.post("/refuse", [](server_request&) { return server_response::text("no", 413); });
    auto body = [&]() -> task<> {
        raw_client client = co_await connect_to(server);
        for (int i = 0; i < 2; ++i) {
            asked = false;
            co_await client.send("POST / HTTP/1.1\r\nHost: h\r\nContent-Length: 3\r\nExpect: 100-continue\r\n\r\n");
            asked = true;
            const raw_response go_on = co_await client.read();
            CHECK(go_on.status == 100);
            CHECK(go_on.head == "HTTP/1.1 100 Continue\r\n\r\n");
            const raw_response got = co_await client.ask("abc");
            CHECK(got.status == 200);
            CHECK(got.body == "abc");
        }
        // A client that did not wait needs no word.
        const raw_response impatient =
            co_await client.ask("POST / HTTP/1.1\r\nHost: h\r\nContent-Length: 3\r\nExpect: 100-continue\r\n\r\nabc");
        CHECK(impatient.status == 200);
        const raw_response refused =
            co_await client.ask("POST /refuse HTTP/1.1\r\nHost: h\r\nContent-Length: 3\r\nExpect: 100-continue\r\n\r\n");
        CHECK(refused.status == 413);
        CHECK(refused.get("connection") == "close");
        const bool ended = co_await client.ends();
        CHECK(ended);
        // HTTP/1.0 does not know it.
        raw_client old = co_await connect_to(server);
        const raw_response plain = co_await old.ask("POST / HTTP/1.0\r\nContent-Length: 3\r\nExpect: 100-continue\r\n\r\nabc");
        CHECK(plain.status == 200);
    };
    co_await serving(server, body);
}

GYRE_TEST_VIRTUAL("a body that stalls, or trickles, gets 408") {
    http::server server;
    server.post("/", [](server_request& r) -> task<server_response> {
        const std::string text = co_await r.text();
        co_return server_response::text(text);
    });
    auto body = [&]() -> task<> {
        raw_client stalled = co_await connect_to(server);
        const loop_stopwatch watch;
        const raw_response got = co_await stalled.ask("POST / HTTP/1.1\r\nHost: h\r\nContent-Length: 100\r\n\r\nabc");
        CHECK(got.status == 408);
        CHECK(got.get("connection") == "close");
        CHECK(watch.elapsed() >= 30s);
        CHECK(watch.elapsed() < 32s);

        // A byte every ten seconds never stalls for long, and yet takes for ever.
        raw_client trickling = co_await connect_to(server);
        const loop_stopwatch second;
        co_await trickling.send("POST / HTTP/1.1\r\nHost: h\r\nContent-Length: 100\r\n\r\n");
        try {
            for (int i = 0; i < 99; ++i) {
                co_await trickling.send("x");
                co_await sleep(10s);
                if (server.stats().timeouts == 2) break;
            }
        } catch (const net::error&) {
        }
        CHECK(server.stats().timeouts == 2);
        CHECK(second.elapsed() < 60s);
        const raw_response slow = co_await trickling.read();
        CHECK(slow.status == 408);
    };
    co_await serving(server, body);
}

GYRE_TEST_VIRTUAL("the time a handler takes between two reads is not the client's") {
    http::server_options options;
    options.cancel_on_disconnect = false;  // whose checks every second would slow the virtual clock down
    http::server server(options);
    server.post("/", [](server_request& r) -> task<server_response> {
        auto chunks = r.chunks();
        std::size_t size = 0;
        while (true) {
            const auto chunk = co_await chunks.next();
            if (!chunk) break;
            size += chunk->size();
            co_await sleep(5min);
        }
        co_return server_response::text(std::to_string(size));
    });
    auto body = [&]() -> task<> {
        raw_client client = co_await connect_to(server);
        const std::string wire = chunked("/", {"a", "b", "c", "d"});
        const raw_response got = co_await client.ask(wire);
        CHECK(got.status == 200);
        CHECK(got.body == "4");
    };
    co_await serving(server, body);
}

GYRE_TEST("a client that ends in the middle of its body leaves nothing behind") {
    http::server server;
    int failed = 0;
    server.post("/", [&](server_request& r) -> task<server_response> {
        try {
            const std::string text = co_await r.text();
        } catch (const http::message_error& e) {
            CHECK(e.kind() == http::parse_error::truncated_body);
            ++failed;
            throw;
        }
        co_return server_response();
    });
    auto body = [&]() -> task<> {
        raw_client client = co_await connect_to(server);
        co_await client.send("POST / HTTP/1.1\r\nHost: h\r\nContent-Length: 100\r\n\r\nabc");
        co_await client.end_writing();
        const raw_response got = co_await client.read();
        CHECK(got.status == 400);
        CHECK(failed == 1);
        CHECK(server.stats().failures == 0);
    };
    co_await serving(server, body);
}

GYRE_TEST_VIRTUAL("a handler that gave up on the body is cancelled when its client goes") {
    http::server server;
    bool gave_up = false;
    bool cancelled = false;
    server.post("/", [&](server_request& r) -> task<server_response> {
        try {
            co_await wait_for(r.text(), 1s);
        } catch (const timeout_error&) {
            gave_up = true;
        }
        try {
            co_await sleep(1h);
        } catch (const cancelled_error&) {
            cancelled = true;
            throw;
        }
        co_return server_response();
    });
    auto body = [&]() -> task<> {
        raw_client client = co_await connect_to(server);
        co_await client.send("POST / HTTP/1.1\r\nHost: h\r\nContent-Length: 5\r\n\r\n");
        co_await until([&] { return gave_up; });
        const loop_stopwatch watch;
        client.reset();
        co_await until([&] { return server.stats().connections == 0; });
        CHECK(cancelled);
        CHECK(watch.elapsed() < 5s);
        CHECK(server.stats().disconnects == 1);
    };
    co_await serving(server, body);
}

GYRE_TEST_VIRTUAL("a handler that gave up on the body may take its time, and the connection goes on") {
    http::server_options options;
    options.body_timeout = 10s;
    http::server server(options);
    server.post("/", [&](server_request& r) -> task<server_response> {
        std::string answer = "in time";
        try {
            co_await wait_for(r.text(), 1s);
        } catch (const timeout_error&) {
            answer = "gave up";
        }
        co_await sleep(1min);
        co_return server_response::text(answer);
    });
    server.get("/", [](server_request&) { return server_response::text("next"); });
    auto body = [&]() -> task<> {
        raw_client client = co_await connect_to(server);
        const raw_response first = co_await client.ask("POST / HTTP/1.1\r\nHost: h\r\nContent-Length: 5\r\n\r\n");
        CHECK(first.status == 200);
        CHECK(first.body == "gave up");
        co_await sleep(1s);
        const raw_response second = co_await client.ask("hello" + get("/"));
        CHECK(second.body == "next");
        CHECK(server.stats().timeouts == 0);
    };
    co_await serving(server, body);
}
