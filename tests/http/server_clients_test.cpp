// How clients come and go: pipelining, disconnects in every phase, too many of them, and the end of the server.
#include <gyre/http/server/detail/head_read.hpp>
#include <gyre/net/connect.hpp>
#include <gyre/net/error.hpp>

#include <chrono>
#include <fstream>
#include <memory>
#include <string>
#include <vector>

#include "http/server_support.hpp"
#include "net/pair.hpp"
#include "support/descriptor_limit.hpp"
#include "support/sanitizers.hpp"
#include "support/scratch_directory.hpp"

using namespace gyre;
using namespace gyre::test;
using http::server_request;
using http::server_response;
using namespace std::chrono_literals;

namespace {

// Bytes that this process has in memory.
std::size_t resident() {
    std::ifstream file("/proc/self/statm");
    std::size_t total = 0;
    std::size_t pages = 0;
    file >> total >> pages;
    return pages * 4096;
}

struct flagged {
    explicit flagged(int& count) : count_(count) { ++count_; }
    flagged(const flagged&) = delete;
    flagged& operator=(const flagged&) = delete;
    ~flagged() { --count_; }
    int& count_;
};

// A handler that counts itself while it runs, which is until it is cancelled.
auto stuck(int& alive) {
    return [&alive](server_request&) -> task<server_response> {
        const flagged here(alive);
        co_await sleep(24h);
        co_return server_response();
    };
}

async_generator<std::string> endless(int& alive) {
    const flagged here(alive);
    while (true) {
        co_yield std::string(10'000, 'x');
        co_await yield();
    }
}

async_generator<std::string> silent_after_one(int& alive) {
    const flagged here(alive);
    co_yield std::string("x");
    co_await sleep(1h);
}

http::server_options at_most(std::size_t connections) {
    http::server_options options;
    options.max_connections = connections;
    return options;
}

// Answers "/" at once, and "/wait" when it may go on.
struct narrow_server {
    explicit narrow_server(std::size_t connections) : server(at_most(connections)) {
        server.get("/", [](server_request&) { return server_response::text("x"); });
        server.get("/wait", [this](server_request&) -> task<server_response> {
            co_await until([this] { return go_on; });
            co_return server_response::text("waited");
        });
    }
    bool go_on = false;
    http::server server;
};

}  // namespace

GYRE_TEST("ten thousand pipelined requests are answered in order, with flat memory") {
    http::server server;
    int running = 0;
    int most = 0;
    server.get("/{id}", [&](server_request& r) -> task<server_response> {
        const flagged here(running);
        most = std::max(most, running);
        std::string id(r.param("id"));
        co_await yield();
        co_return server_response::text(id);
    });
    auto body = [&]() -> task<> {
        raw_client client = co_await connect_to(server);
        std::string wire;
        for (int i = 0; i < 10'000; ++i) wire += get("/" + std::to_string(i));
        const std::size_t before = resident();
        std::size_t peak = before;
        auto write_all = [&]() -> task<> { co_await client.send(wire); };
        future<> writing = spawn(write_all());
        bool in_order = true;
        for (int i = 0; i < 10'000; ++i) {
            const raw_response got = co_await client.read();
            in_order = in_order && got.status == 200 && got.body == std::to_string(i);
            if (i % 500 == 0) peak = std::max(peak, resident());
        }
        co_await writing;
        CHECK(in_order);
        CHECK(most == 1);
        // The copy of the wire that send() holds is 0.5 MB.
        if (!under_address_sanitizer) CHECK(peak - before < 8u << 20);
        CHECK(server.stats().requests == 10'000);
    };
    co_await serving(server, body);
}

GYRE_TEST("requests behind the last one of a connection are not served") {
    http::server server;
    int calls = 0;
    server.get("/", [&](server_request&) {
        ++calls;
        return server_response::text("x");
    });
    auto body = [&]() -> task<> {
        const std::string answer = co_await send_and_read_all(server, get("/") + get("/", "Connection: close\r\n") + get("/") + get("/"));
        CHECK(calls == 2);
        std::size_t responses = 0;
        for (std::size_t at = 0; (at = answer.find("HTTP/1.1 200", at)) != std::string::npos; ++at) ++responses;
        CHECK(responses == 2);
    };
    co_await serving(server, body);
}

GYRE_TEST_VIRTUAL("a handler is cancelled when its client has gone") {
    http::server server;
    int alive = 0;
    int cancelled = 0;
    server.get("/", [&](server_request&) -> task<server_response> {
        const flagged here(alive);
        try {
            co_await sleep(1h);
        } catch (const cancelled_error&) {
            ++cancelled;
            throw;
        }
        co_return server_response();
    });
    auto body = [&]() -> task<> {
        // By a reset, and by an orderly end.
        for (const bool orderly : {false, true}) {
            raw_client client = co_await connect_to(server);
            co_await client.send(get("/"));
            co_await until([&] { return alive == 1; });
            const loop_stopwatch watch;
            if (orderly)
                co_await client.stream().close();
            else
                client.reset();
            co_await until([&] { return server.stats().connections == 0; });
            CHECK(alive == 0);
            // After an orderly end it could wait for its answer still.
            CHECK(watch.elapsed() < (orderly ? 35s : 5s));
        }
        CHECK(cancelled == 2);
        CHECK(server.stats().disconnects == 2);
        CHECK(server.stats().failures == 0);
    };
    co_await serving(server, body);
}

GYRE_TEST_VIRTUAL("a client that has ended its side gets the answer of a slow handler") {
    http::server_options options;
    options.half_close_timeout = 20s;
    http::server server(options);
    int alive = 0;
    server.get("/{seconds}", [&](server_request& r) -> task<server_response> {
        const flagged here(alive);
        const std::chrono::seconds pause(std::stoi(std::string(r.param("seconds"))));
        co_await sleep(pause);
        co_return server_response::text("slow answer");
    });
    const auto slow_pieces = [&]() -> async_generator<std::string> {
        for (int i = 0; i < 5; ++i) {
            co_await sleep(15s);
            co_yield std::string("piece ");
        }
    };
    server.get("/stream", [&](server_request&) { return server_response::stream(slow_pieces()); });
    auto body = [&]() -> task<> {
        const std::string answer = co_await send_and_read_all(server, get("/15", "Connection: close\r\n"));
        CHECK_THAT(answer, Catch::StartsWith("HTTP/1.1 200") && Catch::EndsWith("slow answer"));
        // What it takes shows that it is there: the limit counts anew.
        const std::string pieces = co_await send_and_read_all(server, get("/stream", "Connection: close\r\n"));
        CHECK_THAT(pieces, Catch::EndsWith("\r\n0\r\n\r\n"));
        CHECK(server.stats().disconnects == 0);
        const loop_stopwatch watch;
        const std::string nothing = co_await send_and_read_all(server, get("/3600"));
        CHECK(nothing.empty());
        CHECK(watch.elapsed() < 25s);
        CHECK(alive == 0);
        CHECK(server.stats().disconnects == 1);
    };
    co_await serving(server, body);
}

GYRE_TEST_VIRTUAL("with cancel_on_disconnect off a handler runs to its end") {
    http::server_options options;
    options.cancel_on_disconnect = false;
    http::server server(options);
    bool began = false;
    bool ended = false;
    server.get("/", [&](server_request&) -> task<server_response> {
        began = true;
        co_await sleep(10s);
        ended = true;
        co_return server_response();
    });
    auto body = [&]() -> task<> {
        raw_client client = co_await connect_to(server);
        co_await client.send(get("/"));
        co_await until([&] { return began; });
        client.reset();
        co_await until([&] { return server.stats().connections == 0; });
        CHECK(ended);
    };
    co_await serving(server, body);
}

GYRE_TEST("a client that resets in mid-response or mid-upload leaves nothing behind") {
    http::server server;
    int alive = 0;
    server.get("/stream", [&](server_request&) { return server_response::stream(endless(alive)); });
    server.get("/text", [](server_request&) { return server_response::bytes(std::string(20'000'000, 'x')); });
    server.post("/", [&](server_request& r) -> task<server_response> {
        const flagged here(alive);
        const std::string text = co_await r.text();
        co_return server_response::text(text);
    });
    auto body = [&]() -> task<> {
        for (const char* path : {"/stream", "/text"}) {
            raw_client client = co_await connect_to(server);
            co_await client.send(get(path));
            char some[1000];
            co_await client.stream().read_exactly(some);
            client.reset();
            co_await until([&] { return server.stats().connections == 0; });
            CHECK(alive == 0);
        }
        raw_client client = co_await connect_to(server);
        co_await client.send("POST / HTTP/1.1\r\nHost: h\r\nContent-Length: 100\r\n\r\nabc");
        co_await until([&] { return alive == 1; });
        client.reset();
        co_await until([&] { return server.stats().connections == 0; });
        CHECK(alive == 0);
        CHECK(server.stats().disconnects == 3);
        CHECK(server.stats().failures == 0);
        CHECK(server.stats().responses == 0);
    };
    co_await serving(server, body);
}

GYRE_TEST_VIRTUAL("a stream that waits notices that its client has gone") {
    http::server server;
    int alive = 0;
    server.get("/", [&](server_request&) { return server_response::stream(silent_after_one(alive)); });
    auto body = [&]() -> task<> {
        raw_client client = co_await connect_to(server);
        co_await client.send(get("/"));
        char some[10];
        co_await client.stream().read_exactly(some);
        client.reset();
        const loop_stopwatch watch;
        co_await until([&] { return server.stats().connections == 0; });
        CHECK(alive == 0);
        CHECK(watch.elapsed() < 5s);
    };
    co_await serving(server, body);
}

GYRE_TEST_VIRTUAL("a client that takes nothing of its response is reset") {
    http::server_options options;
    options.write_timeout = 10s;
    http::server server(options);
    server.get("/", [](server_request&) { return server_response::bytes(std::string(50'000'000, 'x')); });
    auto body = [&]() -> task<> {
        raw_client client = co_await connect_to(server);
        client.stream().set_receive_buffer(10'000);
        co_await client.send(get("/"));
        const loop_stopwatch watch;
        co_await until([&] { return server.stats().connections == 0; });
        CHECK(watch.elapsed() < 2min);
        CHECK(server.stats().timeouts == 1);
        const bool was_reset = co_await client.is_reset();
        CHECK(was_reset);
    };
    co_await serving(server, body);
}

GYRE_TEST("at the limit the connection that has been idle longest makes room; busy ones do not") {
    narrow_server narrow(3);
    http::server& server = narrow.server;
    auto body = [&]() -> task<> {
        raw_client busy = co_await connect_to(server);
        co_await busy.send(get("/wait"));
        raw_client first = co_await connect_to(server);
        co_await first.ask(get("/"));
        raw_client second = co_await connect_to(server);
        co_await second.ask(get("/"));
        CHECK(server.stats().connections == 3);
        raw_client third = co_await connect_to(server);
        const raw_response got = co_await third.ask(get("/"));
        CHECK(got.body == "x");
        CHECK(server.stats().connections <= 3);
        const bool made_room = co_await first.ends();
        CHECK(made_room);
        const raw_response still_there = co_await second.ask(get("/"));
        CHECK(still_there.body == "x");
        narrow.go_on = true;
        const raw_response waited = co_await busy.read();
        CHECK(waited.body == "waited");
    };
    co_await serving(server, body);
}

GYRE_TEST("at the limit a connection that becomes idle makes room for one that waits") {
    narrow_server narrow(1);
    http::server& server = narrow.server;
    auto body = [&]() -> task<> {
        raw_client busy = co_await connect_to(server);
        co_await busy.send(get("/wait"));
        co_await until([&] { return server.stats().requests == 1; });
        raw_client waits = co_await connect_to(server);
        co_await waits.send(get("/"));
        co_await until_settled([&] { return server.stats().connections; });
        CHECK(server.stats().accepted == 1);
        narrow.go_on = true;
        const raw_response waited = co_await busy.read();
        CHECK(waited.body == "waited");
        CHECK(waited.get("connection") == "close");
        const wall_stopwatch watch;
        const raw_response got = co_await waits.read();
        CHECK(got.body == "x");
        CHECK(watch.elapsed() < 10s);
        const bool made_room = co_await busy.ends();
        CHECK(made_room);
    };
    co_await serving(server, body);
}

GYRE_TEST("at the limit a new connection is not ended before it could send its first request") {
    http::server server(at_most(1));
    server.get("/", [](server_request&) { return server_response::text("x"); });
    auto body = [&]() -> task<> {
        raw_client first = co_await connect_to(server);
        co_await until([&] { return server.stats().connections == 1; });
        raw_client second = co_await connect_to(server);
        co_await second.send(get("/"));
        co_await until_settled([&] { return server.stats().idle; });
        const raw_response a = co_await first.ask(get("/"));
        CHECK(a.body == "x");
        const raw_response b = co_await second.read();
        CHECK(b.body == "x");
    };
    co_await serving(server, body);
}

GYRE_TEST_VIRTUAL("at the limit a connection that sends nothing makes room after a while") {
    http::server_options options = at_most(1);
    options.head_timeout = 0s;
    http::server server(options);
    server.get("/", [](server_request&) { return server_response::text("x"); });
    auto body = [&]() -> task<> {
        raw_client silent = co_await connect_to(server);
        co_await until([&] { return server.stats().connections == 1; });
        const loop_stopwatch watch;
        raw_client second = co_await connect_to(server);
        const raw_response got = co_await second.ask(get("/"));
        CHECK(got.body == "x");
        CHECK(watch.elapsed() < 5s);
        const bool made_room = co_await silent.ends();
        CHECK(made_room);
    };
    co_await serving(server, body);
}

GYRE_TEST("many connections at once are all served, and none is left") {
    http::server server;
    server.get("/", [](server_request&) -> task<server_response> {
        co_await yield();
        co_return server_response::text("x");
    });
    auto body = [&]() -> task<> {
        auto one = [&]() -> task<int> {
            raw_client client = co_await connect_to(server);
            int good = 0;
            for (int i = 0; i < 5; ++i) {
                const raw_response got = co_await client.ask(get("/"));
                good += got.status == 200 ? 1 : 0;
            }
            co_return good;
        };
        std::vector<task<int>> all;
        for (int i = 0; i < 200; ++i) all.push_back(one());
        const std::vector<int> good = co_await gather(std::move(all));
        int sum = 0;
        for (const int n : good) sum += n;
        CHECK(sum == 1000);
        co_await until([&] { return server.stats().connections == 0; });
        CHECK(server.stats().accepted == 200);
    };
    co_await serving(server, body);
}

GYRE_TEST("a wait for the next request goes on without a buffer, and loses no byte of it") {
    test::tcp_pair pair = co_await test::make_tcp_pair();
    http::detail::receive_buffer buffer;
    http::detail::head_read* reading = nullptr;
    auto wait_for_bytes = [&]() -> task<std::size_t> {
        http::detail::head_read read(pair.server.open(), buffer, reading);
        const std::size_t n = co_await read;
        co_return n;
    };
    future<std::size_t> waiting = spawn(wait_for_bytes());
    co_await until([&] { return reading != nullptr; });
    CHECK(buffer.capacity() == http::detail::head_read::usual_buffer);
    reading->give_up_buffer();
    co_await until([&] { return buffer.capacity() == 0; });
    CHECK_FALSE(waiting.done());
    co_await pair.client.write_all("GET");
    std::size_t n = co_await waiting;
    CHECK(reading == nullptr);
    while (buffer.view().size() < 3) n += co_await wait_for_bytes();
    CHECK(n == 3);
    CHECK(buffer.view() == "GET");

    // A real cancel ends it all the same.
    buffer.consume(3);
    waiting = spawn(wait_for_bytes());
    co_await until([&] { return reading != nullptr; });
    reading->give_up_buffer();
    waiting.cancel();
    const std::vector<future<std::size_t>> all(1, waiting);
    co_await wait(all);
    CHECK(waiting.cancelled());
}

GYRE_TEST_VIRTUAL("a connection that was idle for long serves the next request") {
    http::server server;
    server.get("/", [](server_request&) { return server_response::text("x"); });
    auto body = [&]() -> task<> {
        raw_client client = co_await connect_to(server);
        for (const auto pause : {0s, 2s, 30s, 60s, 1s}) {
            co_await sleep(pause);
            const raw_response got = co_await client.ask(get("/"));
            CHECK(got.body == "x");
        }
        CHECK(server.stats().accepted == 1);
        // By the clock of the last response, not by that of the buffer.
        co_await sleep(70s);
        CHECK(server.stats().connections == 1);
        const bool ended = co_await client.ends();
        CHECK(ended);
    };
    co_await serving(server, body);
}

GYRE_TEST("out of file descriptors a server waits, says so once, and serves when there are some") {
    std::vector<std::string> said;
    event_loop::current().set_exception_handler([&said](const unhandled_error& e) { said.push_back(e.message); });
    http::server server;
    server.get("/", [](server_request&) { return server_response::text("x"); });
    co_await server.listen("127.0.0.1", 0);
    raw_client first = co_await connect_to(server);
    raw_client second = co_await connect_to(server);
    {
        const descriptor_limit none;
        future<> served = spawn(server.serve());
        co_await until([&] { return !said.empty(); });
        CHECK(server.stats().connections == 0);
        none.lift();
        const raw_response a = co_await first.ask(get("/"));
        CHECK(a.body == "x");
        const raw_response b = co_await second.ask(get("/"));
        CHECK(b.body == "x");
        co_await server.close();
        co_await served;
    }
    CHECK(said.size() == 1);
    CHECK_THAT(said.front(), Catch::Contains("Too many open files") && Catch::Contains("ulimit -n"));
}

GYRE_TEST("near the limit of descriptors enough are kept back to answer with, and nobody starves behind idle connections") {
    const scratch_directory site;
    std::ofstream(site / "file") << "content";
    http::server server;
    server.serve_folder("/", site.path());
    co_await server.listen("127.0.0.1", 0);
    std::vector<raw_client> clients;
    for (int i = 0; i < 12; ++i) clients.push_back(co_await connect_to(server));
    {
        // Room for a few connections beside what is kept back.
        const descriptor_limit few(20);
        future<> served = spawn(server.serve());
        std::size_t most = 0;
        int good = 0;
        auto one = [&](raw_client& client) -> task<> {
            const raw_response got = co_await client.ask(get("/file"));
            good += got.status == 200 && got.body == "content" ? 1 : 0;
            most = std::max(most, server.stats().connections);
        };
        std::vector<task<>> all;
        for (raw_client& client : clients) all.push_back(one(client));
        co_await gather(std::move(all));
        CHECK(good == 12);
        CHECK(most <= 4);
        CHECK(server.stats().failures == 0);
        few.lift();
        co_await server.close();
        co_await served;
    }
}

GYRE_TEST_VIRTUAL("without a descriptor for a file the answer is 503, and the next ones are good again") {
    std::vector<std::string> said;
    event_loop::current().set_exception_handler([&said](const unhandled_error& e) { said.push_back(e.message); });
    const scratch_directory site;
    std::ofstream(site / "file") << "content";
    http::server server;
    server.serve_folder("/site", site.path());
    const std::string named = site / "file";
    server.get("/named", [&](server_request&) { return server_response::file(named); });
    auto body = [&]() -> task<> {
        for (const char* const path : {"/site/file", "/named"}) {
            raw_client client = co_await connect_to(server);
            co_await until([&] { return server.stats().connections == 1; });
            {
                const descriptor_limit none;
                const raw_response refused = co_await client.ask(get(path));
                CHECK(refused.status == 503);
                CHECK(refused.get("retry-after") == "1");
                CHECK(refused.get("connection") == "close");
            }
            {
                raw_client later = co_await connect_to(server);
                const raw_response got = co_await later.ask(get(path));
                CHECK(got.body == "content");
            }
            co_await until([&] { return server.stats().connections == 0; });
        }
        CHECK(server.stats().failures == 2);
        // However many requests meet it.
        CHECK(said.size() == 1);
        CHECK_THAT(said.front(), Catch::Contains("/site/file"));
    };
    co_await serving(server, body);
}

GYRE_TEST_VIRTUAL("a file is served once a descriptor for it is free") {
    const scratch_directory site;
    std::ofstream(site / "file") << "content";
    http::server server;
    server.serve_folder("/", site.path());
    auto body = [&]() -> task<> {
        raw_client client = co_await connect_to(server);
        co_await until([&] { return server.stats().connections == 1; });
        const descriptor_limit none;
        auto free_one = [&]() -> task<> {
            co_await sleep(300ms);
            none.lift();
        };
        future<> freeing = spawn(free_one());
        const raw_response got = co_await client.ask(get("/file"));
        CHECK(got.body == "content");
        co_await freeing;
    };
    co_await serving(server, body);
}

GYRE_TEST("shutdown closes the listener and idle connections at once and lets running requests end") {
    http::server server;
    bool go_on = false;
    server.get("/", [](server_request&) { return server_response::text("x"); });
    server.get("/wait", [&](server_request&) -> task<server_response> {
        co_await until([&] { return go_on; });
        co_return server_response::text("waited");
    });
    co_await server.listen("127.0.0.1", 0);
    const net::address at = server.addresses().front();
    future<> served = spawn(server.serve());
    raw_client idle = co_await connect_to(server);
    co_await idle.ask(get("/"));
    raw_client fresh = co_await connect_to(server);
    raw_client busy = co_await connect_to(server);
    co_await busy.send(get("/wait"));
    co_await until([&] { return server.stats().requests == 2 && server.stats().connections == 3; });

    future<> stopping = spawn(server.shutdown(1h));
    const bool idle_ended = co_await idle.ends();
    CHECK(idle_ended);
    const bool fresh_ended = co_await fresh.ends();
    CHECK(fresh_ended);
    bool refused = false;
    try {
        net::stream late = co_await net::connect(at);
    } catch (const net::connect_error& e) {
        refused = e.code() == std::errc::connection_refused;
    }
    CHECK(refused);
    CHECK_FALSE(served.done());

    go_on = true;
    const raw_response waited = co_await busy.read();
    CHECK(waited.body == "waited");
    CHECK(waited.get("connection") == "close");
    co_await stopping;
    co_await served;
    CHECK(server.stats().connections == 0);
}

GYRE_TEST_VIRTUAL("shutdown cancels what is stuck at the deadline, and not before") {
    http::server server;
    int alive = 0;
    server.get("/stuck", stuck(alive));
    server.get("/two", [&](server_request&) -> task<server_response> {
        co_await sleep(2s);
        co_return server_response::text("two");
    });
    co_await server.listen("127.0.0.1", 0);
    future<> served = spawn(server.serve());
    raw_client stuck = co_await connect_to(server);
    co_await stuck.send(get("/stuck"));
    raw_client two = co_await connect_to(server);
    co_await two.send(get("/two"));
    co_await until([&] { return server.stats().requests == 2; });
    const loop_stopwatch watch;
    auto read_two = [&]() -> task<> {
        const raw_response got = co_await two.read();
        CHECK(got.body == "two");
    };
    future<> reading = spawn(read_two());
    co_await server.shutdown(5s);
    CHECK(watch.elapsed() >= 5s);
    CHECK(watch.elapsed() < 7s);
    CHECK(alive == 0);
    co_await served;
    co_await reading;
    const std::string rest = co_await stuck.rest();
    CHECK(rest.empty());
}

GYRE_TEST("cancelling serve() cancels the handlers and waits for them, also one that answers all the same") {
    http::server server;
    int alive = 0;
    server.get("/", stuck(alive));
    server.get("/stubborn", [&](server_request&) -> task<server_response> {
        const flagged here(alive);
        try {
            co_await sleep(1h);
        } catch (const cancelled_error&) {
        }
        co_return server_response::text("still");
    });
    co_await server.listen("127.0.0.1", 0);
    future<> served = spawn(server.serve());
    raw_client one = co_await connect_to(server);
    co_await one.send(get("/"));
    raw_client two = co_await connect_to(server);
    co_await two.send(get("/stubborn"));
    raw_client idle = co_await connect_to(server);
    co_await until([&] { return alive == 2 && server.stats().connections == 3; });
    served.cancel();
    bool cancelled = false;
    try {
        co_await served;
    } catch (const cancelled_error&) {
        cancelled = true;
    }
    CHECK(cancelled);
    CHECK(alive == 0);
    CHECK(server.stats().connections == 0);
    const raw_response still = co_await two.read();
    CHECK(still.body == "still");
    CHECK(still.get("connection") == "close");
}

GYRE_TEST("a server that is destroyed while it serves stops") {
    future<> served;
    int alive = 0;
    std::optional<raw_client> client;
    {
        http::server server;
        server.get("/", stuck(alive));
        co_await server.listen("127.0.0.1", 0);
        served = spawn(server.serve());
        client.emplace(co_await connect_to(server));
        co_await client->send(get("/"));
        co_await until([&] { return alive == 1; });
    }
    co_await served;
    CHECK(alive == 0);
}

GYRE_TEST("`with` closes a server") {
    http::server server;
    server.get("/", [](server_request&) { return server_response::text("x"); });
    co_await server.listen("127.0.0.1", 0);
    future<> served = spawn(server.serve());
    auto body = [&](http::server& s) -> task<> {
        raw_client client = co_await connect_to(s);
        const raw_response got = co_await client.ask(get("/"));
        CHECK(got.body == "x");
    };
    co_await with(server, body);
    CHECK(served.done());
}
