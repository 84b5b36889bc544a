#include <cstdlib>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include "http/client_support.hpp"

using namespace gyre;
using namespace gyre::test;
using namespace std::chrono_literals;

namespace {

http::client_options limits(std::size_t total, std::size_t per_host) {
    http::client_options options;
    options.max_connections = total;
    options.max_connections_per_host = per_host;
    return options;
}

// Answers a request only when it is told to.
struct gate {
    std::vector<std::string> arrived;
    semaphore open{0};

    scripted_server::script script() {
        return [this](scripted_peer& peer) -> task<> {
            for (;;) {
                const std::string request = co_await peer.request();
                if (request.empty()) co_return;
                arrived.push_back(path_of(request));
                auto permit = co_await open.acquire();
                permit.forget();
                co_await peer.send(ok_response(path_of(request)));
            }
        };
    }
};

}  // namespace

GYRE_TEST("requests one after the other share a connection, and the last used goes first", "[http][client][pool]") {
    std::vector<int> used;
    const auto script = [&used](scripted_peer& peer) -> task<> {
        for (;;) {
            const std::string request = co_await peer.request();
            if (request.empty()) co_return;
            used.push_back(peer.number);
            co_await peer.send(ok_response("x"));
        }
    };
    scripted_server server(script);
    http::client client;
    for (int i = 0; i < 5; ++i) {
        const std::string body = co_await fetch(client, server.url());
        CHECK(body == "x");
    }
    CHECK(used == std::vector<int>(5, 0));

    // Three at once; whichever was given back last is taken next.
    auto a = co_await client.get(server.url());
    auto b = co_await client.get(server.url());
    auto c = co_await client.get(server.url());
    CHECK(client.stats().connections == 3);
    const std::string from_a = co_await a.text();
    const std::string from_c = co_await c.text();
    const std::string from_b = co_await b.text();
    const int last = used.at(6);
    const std::string next = co_await fetch(client, server.url());
    CHECK(used.back() == last);
    CHECK(client.stats().idle == 3);
    CHECK(server.accepted() == 3);
    co_await server.stop();
}

GYRE_TEST("a host gets no more connections than its limit, and requests take their turns", "[http][client][pool]") {
    gate g;
    scripted_server server(g.script());
    http::client client(limits(100, 3));
    std::vector<gyre::future<std::string>> all;
    for (int i = 0; i < 30; ++i) {
        all.push_back(gyre::spawn(fetch(client, server.url("/" + std::to_string(i)))));
        co_await gyre::yield();
    }
    co_await until([&] { return g.arrived.size() == 3; });
    CHECK(client.stats().connections == 3);
    CHECK(client.stats().waiting == 27);
    g.open.release(30);
    for (int i = 0; i < 30; ++i) {
        const std::string body = co_await all[static_cast<std::size_t>(i)];
        CHECK(body == std::to_string(i));
    }
    CHECK(server.accepted() == 3);
    // In the order of asking, but that three are under way at a time.
    for (std::size_t i = 0; i < 30; ++i) {
        const int position = std::stoi(g.arrived.at(i));
        CHECK(std::abs(position - static_cast<int>(i)) <= 2);
    }
    CHECK(client.stats().waiting == 0);
    co_await server.stop();
}

GYRE_TEST("a request takes a connection that is given back before its own is made", "[http][client][pool]") {
    gate g;
    scripted_server server(g.script());
    http::client client(limits(10, 10));
    auto first = gyre::spawn(fetch(client, server.url("/first")));
    co_await until([&] { return g.arrived.size() == 1; });
    g.open.release(2);
    // Both steps run before the kernel is asked again, so that the dial for the second cannot be through.
    auto second = gyre::spawn(fetch(client, server.url("/second")));
    const std::string a = co_await first;
    const std::string b = co_await second;
    CHECK(a == "first");
    CHECK(b == "second");
    co_await until([&] { return client.stats().connecting == 0; });
    // Whichever it took, the other is there for the next request.
    CHECK(client.stats().idle == client.stats().connections);
    co_await server.stop();
}

GYRE_TEST("a thousand requests to fifty hosts over ten connections all come, hosts by turns", "[http][client][pool]") {
    std::vector<std::unique_ptr<scripted_server>> servers;
    int open = 0;
    int most_open = 0;
    const auto script = [&](scripted_peer& peer) -> task<> {
        struct counted {
            explicit counted(int& count) : n(count) {}
            ~counted() { --n; }
            int& n;
        };
        most_open = std::max(most_open, ++open);
        const counted count(open);
        for (;;) {
            const std::string request = co_await peer.request();
            if (request.empty()) co_return;
            co_await peer.send(ok_response(path_of(request)));
        }
    };
    for (int i = 0; i < 50; ++i) servers.push_back(std::make_unique<scripted_server>(script, "127.0.1." + std::to_string(i + 1)));
    http::client client(limits(10, 4));
    std::vector<int> order;
    const auto one = [&](int host, int n) -> task<> {
        const std::string body = co_await fetch(client, servers[static_cast<std::size_t>(host)]->url("/" + std::to_string(n)));
        CHECK(body == std::to_string(n));
        order.push_back(host);
    };
    // Host after host: whoever came late would wait for all before it, were it not for the turns.
    std::vector<task<>> all;
    for (int host = 0; host < 50; ++host)
        for (int n = 0; n < 20; ++n) all.push_back(one(host, n));
    co_await gyre::gather(std::move(all));
    REQUIRE(order.size() == 1000);
    // The servers see a connection's end a little later than the client, which counts to ten.
    CHECK(most_open <= 10 + 4);
    CHECK(client.stats().connections <= 10);
    CHECK(client.stats().waiting == 0);
    // In its turn every host was served before half of the work was done.
    std::map<int, std::size_t> first;
    for (std::size_t i = 0; i < order.size(); ++i) first.emplace(order[i], i);
    CHECK(first.size() == 50);
    for (const auto& [host, at] : first) CHECK(at < 600);
    for (auto& s : servers) co_await s->stop();
}

GYRE_TEST("an idle connection to another host makes room when the total is used up", "[http][client][pool]") {
    scripted_server a(answer_with(ok_response("a")));
    scripted_server b(answer_with(ok_response("b")));
    http::client client(limits(2, 2));
    const std::string from_a = co_await fetch(client, a.url());
    auto second = co_await client.get(a.url());
    auto third = gyre::spawn(fetch(client, a.url()));
    const std::string again = co_await third;
    const std::string rest = co_await second.text();
    CHECK(client.stats().idle == 2);
    const std::string from_b = co_await fetch(client, b.url());
    CHECK(from_b == "b");
    CHECK(client.stats().connections == 2);
    co_await until([&] { return a.open() == 1; });
    co_await a.stop();
    co_await b.stop();
}

GYRE_TEST_VIRTUAL("idle connections go when they have been idle for long, or as the server says", "[http][client][pool]") {
    scripted_server plain(answer_with(ok_response("x")));
    scripted_server hinting(answer_with("HTTP/1.1 200 OK\r\nKeep-Alive: max=100, timeout=1\r\nContent-Length: 1\r\n\r\nx"));
    http::client client;
    const std::string a = co_await fetch(client, plain.url());
    const std::string b = co_await fetch(client, hinting.url());
    CHECK(client.stats().idle == 2);
    co_await gyre::sleep(990ms);
    CHECK(client.stats().idle == 1);
    const std::string c = co_await fetch(client, plain.url());
    co_await gyre::sleep(14500ms);
    CHECK(client.stats().idle == 1);
    co_await gyre::sleep(1s);
    CHECK(client.stats().connections == 0);
    co_await until([&] { return plain.open() == 0 && hinting.open() == 0; });
    co_await plain.stop();
    co_await hinting.stop();
}

GYRE_TEST_VIRTUAL("a connection that was idle for long carries the next request", "[http][client][pool]") {
    scripted_server server(answer_with(ok_response("answer")));
    http::client client;
    for (const auto pause : {0s, 2s, 10s, 1s}) {
        co_await sleep(pause);
        const std::string body = co_await fetch(client, server.url());
        CHECK(body == "answer");
    }
    CHECK(server.accepted() == 1);
    CHECK(client.stats().retries == 0);
    co_await server.stop();
    // It notices the server's end without a buffer, too.
    co_await until([&] { return client.stats().connections == 0; });
}

GYRE_TEST_VIRTUAL("waiting for a connection has a time limit of its own", "[http][client][pool]") {
    gate g;
    scripted_server server(g.script());
    auto options = limits(1, 1);
    options.pool_timeout = 3s;
    options.total_timeout = 60s;
    http::client client(options);
    auto first = gyre::spawn(fetch(client, server.url("/1")));
    co_await until([&] { return g.arrived.size() == 1; });
    const gyre::test::loop_stopwatch watch;
    auto second = gyre::spawn(fetch(client, server.url("/2")));
    const auto ended = co_await gyre::as_outcome(second);
    CHECK(watch.elapsed() >= 3s);
    CHECK(watch.elapsed() < 4s);
    try {
        static_cast<void>(ended.value());
        FAIL("it did not throw");
    } catch (const http::timeout_error& e) {
        CHECK(e.phase() == http::phase::pool);
        CHECK(e.limit() == 3s);
        CHECK(e.limit_name() == "pool_timeout");
        CHECK(!e.may_have_been_processed());
    }
    CHECK(client.stats().waiting == 0);
    g.open.release(1);
    const std::string body = co_await first;
    CHECK(body == "1");
    co_await server.stop();
}

GYRE_TEST_VIRTUAL("waiting for a connection does not use up the total limit", "[http][client][pool]") {
    gate g;
    scripted_server server(g.script());
    http::client client(limits(1, 1));
    auto first = gyre::spawn(fetch(client, server.url("/1")));
    co_await until([&] { return g.arrived.size() == 1; });
    const auto limited = [&]() -> task<std::string> {
        auto response = co_await client.get(server.url("/2")).timeout(5s);
        co_return co_await response.text();
    };
    auto second = gyre::spawn(limited());
    co_await gyre::sleep(20s);
    CHECK(!second.done());
    g.open.release(2);
    const std::string a = co_await first;
    const std::string b = co_await second;
    CHECK(b == "2");
    co_await server.stop();
}

GYRE_TEST("cancelled requests leave the line, and the others their places", "[http][client][pool]") {
    gate g;
    scripted_server server(g.script());
    http::client client(limits(2, 2));
    std::vector<gyre::future<std::string>> all;
    for (int i = 0; i < 200; ++i) all.push_back(gyre::spawn(fetch(client, server.url("/" + std::to_string(i)))));
    co_await until([&] { return g.arrived.size() == 2; });
    for (std::size_t i = 0; i < 200; i += 2) all[i].cancel();
    g.open.release(200);
    for (std::size_t i = 0; i < 200; ++i) {
        const auto ended = co_await gyre::as_outcome(all[i]);
        CHECK(ended.has_value() == (i % 2 == 1));
        if (ended) CHECK(ended.value() == std::to_string(i));
    }
    CHECK(client.stats().waiting == 0);
    CHECK(client.stats().connections <= 2);
    co_await server.stop();
}

GYRE_TEST("a response that is dropped unread gives its connection back only if the rest is there", "[http][client][pool]") {
    const auto script = [](scripted_peer& peer) -> task<> {
        for (;;) {
            const std::string request = co_await peer.request();
            if (request.empty()) co_return;
            const std::string what = path_of(request);
            if (what == "small") co_await peer.send(ok_response(std::string(1000, 'x')));
            if (what == "chunked") co_await peer.send("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n1\r\nx\r\n0\r\n\r\n");
            if (what == "unfinished") co_await peer.send("HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\nabc");
            if (what == "huge") co_await peer.send(ok_response(std::string(10'000'000, 'x')));
            if (what == "endless") co_await peer.send("HTTP/1.1 200 OK\r\n\r\nabc");
        }
    };
    scripted_server server(script);
    http::client client;
    const auto drop = [&](const char* what) -> task<> { auto response = co_await client.get(server.url(std::string("/") + what)); };
    co_await drop("small");
    co_await drop("small");
    co_await drop("chunked");
    co_await drop("chunked");
    CHECK(server.accepted() == 1);
    CHECK(client.stats().idle == 1);
    const std::vector<const char*> cut_off{"unfinished", "huge", "endless"};
    for (const char* const what : cut_off) {
        co_await drop(what);
        CHECK(client.stats().connections == 0);
    }
    const std::string after = co_await fetch(client, server.url("/small"));
    CHECK(after.size() == 1000);
    co_await server.stop();
}

GYRE_TEST("a client's end closes its idle connections, and lets requests under way finish", "[http][client][pool]") {
    gate g;
    scripted_server server(g.script());
    auto client = std::make_unique<http::client>();
    g.open.release(1);
    const std::string first = co_await fetch(*client, server.url("/1"));
    CHECK(server.open() == 1);
    auto pending = client->get(server.url("/2")).send();
    const auto run = [](task<http::response> request) -> task<std::string> {
        auto response = co_await std::move(request);
        co_return co_await response.text();
    };
    auto under_way = gyre::spawn(run(std::move(pending)));
    co_await until([&] { return g.arrived.size() == 2; });
    client.reset();
    g.open.release(1);
    const std::string second = co_await under_way;
    CHECK(second == "2");
    co_await until([&] { return server.open() == 0; });
    co_await server.stop();
}

TEST_CASE("a client outlives its loop and serves the next one", "[http][client][pool]") {
    http::client client;
    const auto before = gyre::test::open_file_descriptors();
    for (int i = 0; i < 2; ++i) {
        const auto body = [&]() -> task<> {
            scripted_server server(answer_with(ok_response("x")));
            const std::string text = co_await fetch(client, server.url());
            CHECK(text == "x");
            CHECK(client.stats().idle == 1);
            auto response = co_await client.get(server.url());
            co_await server.stop();
        };
        gyre::test::run(body);
        CHECK(client.stats().connections == 0);
    }
    CHECK(gyre::test::opened_since(before).empty());
}

TEST_CASE("a response that outlives its loop says so", "[http][client][pool]") {
    http::client client;
    std::unique_ptr<http::response> kept;
    const auto first = [&]() -> task<> {
        scripted_server server(answer_with(ok_response(std::string(100'000, 'x'))));
        kept = std::make_unique<http::response>(co_await client.get(server.url()));
        co_await server.stop();
    };
    gyre::test::run(first);
    CHECK(kept->status() == 200);
    const auto second = [&]() -> task<> {
        auto reading = kept->text();
        const auto ended = co_await gyre::as_outcome(std::move(reading));
        CHECK_THROWS_AS(ended.value(), http::error);
    };
    gyre::test::run(second);
}
