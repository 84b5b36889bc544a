#include <string>
#include <vector>

#include "http/client_support.hpp"

using namespace gyre;
using namespace gyre::test;
using namespace std::chrono_literals;

namespace {

// Everything a client does in one go: a name, a connection, an upload, a body in each of its forms, a connection used again.
task<> all_of_it(http::client& client, std::string base) {
    auto posted = co_await client.post(base + "/counted").body(std::string(300'000, 'u'));
    const std::string counted = co_await posted.text();
    CHECK(counted.size() == 100'000);
    auto streamed = co_await client.get(base + "/chunked");
    std::size_t size = 0;
    auto chunks = streamed.chunks();
    for (;;) {
        const auto chunk = co_await chunks.next();
        if (!chunk) break;
        size += chunk->size();
    }
    CHECK(size == 3000);
    auto last = co_await client.get(base + "/until-end");
    const http::bytes rest = co_await last.bytes();
    CHECK(rest.view() == "the end");
}

task<> serve_all_of_it(scripted_peer& peer) {
    for (;;) {
        const std::string request = co_await peer.request();
        if (request.empty()) co_return;
        if (request.starts_with("POST /counted")) {
            co_await peer.send("HTTP/1.1 100 Continue\r\n\r\n");
            co_await peer.send(ok_response(std::string(100'000, 'c')));
        } else if (request.starts_with("GET /chunked")) {
            co_await peer.send("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n");
            for (int i = 0; i < 3; ++i) {
                co_await peer.send("3e8\r\n" + std::string(1000, 'k') + "\r\n");
                co_await gyre::yield();
            }
            co_await peer.send("0\r\n\r\n");
        } else {
            co_await peer.send("HTTP/1.1 200 OK\r\n\r\n");
            co_await gyre::yield();
            co_await peer.send("the end");
            co_return;
        }
    }
}

// Counts the awaits that really suspend a task, and cancels it at one of them.
class await_counter {
public:
    explicit await_counter(gyre::any_future task) : branch_(static_cast<gyre::detail::branch&>(task.core())) {}
    // True when the task waits for something that it did not wait for at the last call.
    bool at_new_await() {
        const gyre::detail::suspension* now = branch_.waiting_on();
        const bool fresh = now != nullptr && (now != last_ || branch_.leaf() != leaf_);
        last_ = now;
        leaf_ = branch_.leaf();
        return fresh;
    }

private:
    gyre::detail::branch& branch_;
    const gyre::detail::suspension* last_ = nullptr;
    const void* leaf_ = nullptr;
};

}  // namespace

GYRE_TEST("a fetch that is cancelled at any of its awaits leaves nothing behind", "[http][client][cancel]") {
    scripted_server server(serve_all_of_it);
    const std::string base = "http://localhost:" + std::to_string(server.port());
    const auto before = gyre::test::open_file_descriptors();
    int cancelled = 0;
    // At the n-th await, by the loop's steps; n grows until the fetch gets through.
    for (int n = 0;; ++n) {
        http::client client;
        auto fetch = gyre::spawn(all_of_it(client, base));
        for (int step = 0; step < n && !fetch.done(); ++step) co_await gyre::yield();
        const bool through = fetch.done();
        fetch.cancel();
        const auto ended = co_await gyre::as_outcome(fetch);
        CHECK(ended.has_value() == through);
        if (!through) {
            CHECK(ended.cancelled());
            ++cancelled;
        }
        CHECK(client.stats().waiting == 0);
        CHECK(client.stats().connections - client.stats().connecting == client.stats().idle);
        // A connection in the making ends on its own.
        co_await until([&] { return client.stats().connecting == 0; });
        client.close_idle();
        CHECK(client.stats().connections == 0);
        co_await until([&] { return server.open() == 0; });
        if (through) break;
    }
    CHECK(cancelled > 10);
    co_await until([&] { return gyre::test::opened_since(before).empty(); });
    co_await server.stop();
}

GYRE_TEST("a fetch that is cancelled where it waits leaves nothing behind", "[http][client][cancel]") {
    scripted_server server(serve_all_of_it);
    const std::string base = "http://localhost:" + std::to_string(server.port());
    http::client client;
    std::vector<std::string> places;
    for (int n = 1;; ++n) {
        auto fetch = gyre::spawn(all_of_it(client, base));
        await_counter awaits(fetch);
        int seen = 0;
        while (!fetch.done() && seen < n) {
            co_await gyre::yield();
            if (!fetch.done() && awaits.at_new_await()) ++seen;
        }
        const bool through = fetch.done();
        fetch.cancel();
        const auto ended = co_await gyre::as_outcome(fetch);
        CHECK(ended.has_value() == through);
        CHECK(client.stats().waiting == 0);
        CHECK(client.stats().connections - client.stats().connecting == client.stats().idle);
        if (through) break;
        places.push_back("await");
        // The client is as good as new.
        auto next = co_await client.get(base + "/until-end");
        const std::string body = co_await next.text();
        CHECK(body == "the end");
    }
    CHECK(places.size() >= 5);
    co_await until([&] { return client.stats().connecting == 0; });
    co_await server.stop();
}

GYRE_TEST("a request that was cancelled before it began sends nothing", "[http][client][cancel]") {
    scripted_server server(serve_all_of_it);
    http::client client;
    // A connection is there: only the cancel keeps the request from being sent.
    auto warm = co_await client.get(server.url("/chunked"));
    const std::string body = co_await warm.text();
    CHECK(client.stats().idle == 1);
    const auto self_cancelling = [&]() -> task<> {
        auto self = gyre::current_task();
        self.cancel();
        auto response = co_await client.get(server.url("/chunked"));
    };
    auto cancelled = gyre::spawn(self_cancelling());
    const auto ended = co_await gyre::as_outcome(cancelled);
    CHECK(ended.cancelled());
    CHECK(client.stats().requests == 1);
    CHECK(client.stats().idle == 1);
    co_await server.stop();
}

GYRE_TEST("a piece that comes while its reader was cancelled is there for the next one", "[http][client][cancel]") {
    gyre::event go_on;
    const auto script = [&go_on](scripted_peer& peer) -> task<> {
        const std::string request = co_await peer.request();
        co_await peer.send("HTTP/1.1 200 OK\r\nContent-Length: 6\r\n\r\nabc");
        co_await go_on.wait();
        co_await peer.send("def");
        co_await peer.wait_for_end();
    };
    scripted_server server(script);
    http::client client;
    auto response = co_await client.get(server.url());
    auto chunks = response.chunks();
    std::string all;
    while (all.size() < 3) {
        const auto chunk = co_await chunks.next();
        all += *chunk;
    }
    for (int i = 0; i < 3; ++i) {
        auto impatient = gyre::wait_for(chunks.next(), 5ms);
        const auto ended = co_await gyre::as_outcome(std::move(impatient));
        CHECK(!ended);
    }
    go_on.set();
    while (all.size() < 6) {
        const auto chunk = co_await chunks.next();
        REQUIRE(chunk);
        all += *chunk;
    }
    CHECK(all == "abcdef");
    const auto end = co_await chunks.next();
    CHECK(!end);
    CHECK(client.stats().idle == 1);
    co_await server.stop();
}

GYRE_TEST("nothing of a body is read ahead of the one who takes it", "[http][client][backpressure]") {
    std::size_t written = 0;
    constexpr std::size_t total = std::size_t{256} << 20;
    const auto script = [&written](scripted_peer& peer) -> task<> {
        const std::string request = co_await peer.request();
        co_await peer.send("HTTP/1.1 200 OK\r\nContent-Length: " + std::to_string(total) + "\r\n\r\n");
        const std::string piece(1 << 20, 'p');
        for (; written < total; written += piece.size()) co_await peer.send(piece);
        co_await peer.wait_for_end();
    };
    scripted_server server(script);
    http::client client;
    auto response = co_await client.get(server.url());
    auto chunks = response.chunks();
    const auto first = co_await chunks.next();
    REQUIRE(first);
    // The server goes on until the sockets' buffers are full, and no further, however long one waits.
    co_await until_settled([&] { return written; });
    const std::size_t before = written;
    CHECK(written < total / 2);
    std::size_t taken = first->size();
    while (taken < total / 2) {
        const auto chunk = co_await chunks.next();
        REQUIRE(chunk);
        CHECK(chunk->size() <= 64 * 1024);
        taken += chunk->size();
    }
    CHECK(written > before);
    co_await server.stop();
}
