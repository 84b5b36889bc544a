#include <sys/socket.h>

#include <string>
#include <vector>

#include "http/client_support.hpp"

using namespace gyre;
using namespace gyre::test;
using namespace std::chrono_literals;

// No request ever gets an answer that was meant for another one, or for none.

namespace {

const std::string poison = "HTTP/1.1 200 OK\r\nContent-Length: 6\r\n\r\nPOISON";

// The program works for a while without awaiting, so that no loop can look at anything.
void compute() {
    const wall_stopwatch watch;
    while (watch.elapsed() < 5ms) {
    }
}

// Answers every request, and shows the socket of the connection that it came by last.
scripted_server::script answer_by(int& socket) {
    return [&socket](scripted_peer& peer) -> task<> {
        for (;;) {
            const std::string request = co_await peer.request();
            if (request.empty()) co_return;
            socket = peer.stream.native_handle();
            co_await peer.send(ok_response("answer to " + path_of(request)));
        }
    };
}

// In the socket of the client when it returns.
void send_at_once(int socket, const std::string& bytes) {
    const ssize_t sent = ::send(socket, bytes.data(), bytes.size(), MSG_NOSIGNAL | MSG_DONTWAIT);
    REQUIRE(sent == static_cast<ssize_t>(bytes.size()));
}

}  // namespace

GYRE_TEST("bytes on an idle connection are nobody's answer", "[http][client][hygiene]") {
    semaphore taken(0);
    const auto script = [&taken](scripted_peer& peer) -> task<> {
        const std::string request = co_await peer.request();
        co_await peer.send(ok_response("good"));
        auto permit = co_await taken.acquire();
        permit.forget();
        co_await peer.send(poison);
        co_await peer.wait_for_end();
    };
    scripted_server server(script);
    http::client client;
    for (int i = 0; i < 3; ++i) {
        const std::string body = co_await fetch(client, server.url());
        CHECK(body == "good");
        taken.release();
        co_await until([&] { return client.stats().connections == 0; });
    }
    CHECK(server.accepted() == 3);
    CHECK(client.stats().spoiled == 3);
    co_await server.stop();
}

GYRE_TEST("bytes that come on an idle connection while the program computes are nobody's answer", "[http][client][hygiene]") {
    int socket = -1;
    scripted_server server(answer_by(socket));
    http::client client;
    const std::string first = co_await fetch(client, server.url("/a"));
    CHECK(first == "answer to a");
    send_at_once(socket, poison);
    compute();
    const std::string second = co_await fetch(client, server.url("/b"));
    CHECK(second == "answer to b");
    CHECK(server.accepted() == 2);
    CHECK(client.stats().spoiled == 1);
    CHECK(client.stats().retries == 0);
    co_await server.stop();
}

GYRE_TEST("bytes that come on a connection while its next request waits for a task that computes are nobody's answer",
          "[http][client][hygiene]") {
    int socket = -1;
    scripted_server server(answer_by(socket));
    http::client_options options;
    options.max_connections = 1;
    http::client client(options);
    const auto first = [&]() -> task<std::string> {
        std::string body = co_await fetch(client, server.url("/a"));
        // By now the connection has been handed to the other request.
        send_at_once(socket, poison);
        compute();
        co_return body;
    };
    const auto second = [&]() -> task<std::string> { return fetch(client, server.url("/b")); };
    const auto bodies = co_await gyre::gather(first(), second());
    CHECK(std::get<0>(bodies) == "answer to a");
    CHECK(std::get<1>(bodies) == "answer to b");
    CHECK(server.accepted() == 2);
    CHECK(client.stats().spoiled == 1);
    co_await server.stop();
}

GYRE_TEST("a request that must not be repeated is not sent on a connection that closed while the program computed",
          "[http][client][hygiene]") {
    int socket = -1;
    scripted_server server(answer_by(socket));
    http::client client;
    const std::string first = co_await fetch(client, server.url("/a"));
    CHECK(::shutdown(socket, SHUT_RDWR) == 0);
    compute();
    auto response = co_await client.post(server.url("/b")).body("x");
    const std::string second = co_await response.text();
    CHECK(second == "answer to b");
    CHECK(server.accepted() == 2);
    CHECK(client.stats().retries == 0);
    CHECK(client.stats().spoiled == 0);
    co_await server.stop();
}

GYRE_TEST("bytes behind a response are nobody's answer, however they come", "[http][client][hygiene]") {
    // As long as the buffer that a response is received into, shorter, and longer.
    const std::string padding(4096 - std::string("HTTP/1.1 200 OK\r\nContent-Length: 4051\r\n\r\n").size(), 'g');
    const std::vector<std::string> good{
        ok_response("good"),
        ok_response(padding),
        ok_response(std::string(100'000, 'g')),
        "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n4\r\ngood\r\n0\r\n\r\n",
        "HTTP/1.1 204 No Content\r\n\r\n",
    };
    REQUIRE(good[1].size() == 4096);
    for (const std::string& answer : good) {
        const auto script = [&answer](scripted_peer& peer) -> task<> {
            for (;;) {
                const std::string request = co_await peer.request();
                if (request.empty()) co_return;
                co_await peer.send(answer + poison);
            }
        };
        scripted_server server(script);
        http::client_options options;
        options.max_connections = 1;
        http::client client(options);
        const auto one = [&]() -> task<std::string> { return fetch(client, server.url()); };
        // The second waits for the first one's connection, so that it would be handed over at once.
        std::vector<task<std::string>> both;
        both.push_back(one());
        both.push_back(one());
        const auto bodies = co_await gyre::gather(std::move(both));
        for (const std::string& body : bodies) CHECK(body.find("POISON") == std::string::npos);
        CHECK(server.accepted() == 2);
        co_await server.stop();
    }
}

GYRE_TEST("a body in answer to HEAD is nobody's answer", "[http][client][hygiene]") {
    const auto script = [](scripted_peer& peer) -> task<> {
        for (;;) {
            const std::string request = co_await peer.request();
            if (request.empty()) co_return;
            co_await peer.send(ok_response("body"));
        }
    };
    scripted_server server(script);
    http::client client;
    auto head = co_await client.head(server.url());
    CHECK(head.content_length() == std::nullopt);
    CHECK(head.headers().get("content-length") == "4");
    const std::string next = co_await fetch(client, server.url());
    CHECK(next == "body");
    CHECK(server.accepted() == 2);
    co_await server.stop();
}

GYRE_TEST("a connection that the server closed while it was idle is not used", "[http][client][hygiene]") {
    const auto script = [](scripted_peer& peer) -> task<> {
        const std::string request = co_await peer.request();
        co_await peer.send(ok_response("x"));
    };
    scripted_server server(script);
    http::client client;
    const std::string first = co_await fetch(client, server.url());
    co_await until([&] { return client.stats().connections == 0; });
    const std::string second = co_await fetch(client, server.url());
    CHECK(second == "x");
    CHECK(client.stats().retries == 0);
    CHECK(client.stats().spoiled == 0);
    co_await server.stop();
}

GYRE_TEST("a server that closes instead of answering on a used connection is asked again, if that does no harm",
          "[http][client][hygiene]") {
    // The first connection answers once, and reads a second request only to close.
    int requests = 0;
    const auto script = [&requests](scripted_peer& peer) -> task<> {
        for (int i = 0;; ++i) {
            const std::string request = co_await peer.request();
            if (request.empty()) co_return;
            ++requests;
            if (peer.number % 2 == 0 && i == 1) co_return;
            co_await peer.send(ok_response("x"));
        }
    };
    const std::vector<const char*> methods{"GET", "HEAD", "OPTIONS", "POST", "PUT", "DELETE", "keyed POST"};
    for (const char* const method : methods) {
        requests = 0;
        scripted_server server(script);
        http::client client;
        const std::string first = co_await fetch(client, server.url());
        const std::string name = method;
        const bool keyed = name == "keyed POST";
        auto request = client.request(keyed ? "POST" : name, server.url());
        if (keyed) request.header("Idempotency-Key", "1");
        auto sending = request.send();
        const auto ended = co_await gyre::as_outcome(std::move(sending));
        const bool harmless = name == "GET" || name == "HEAD" || name == "OPTIONS" || keyed;
        INFO(method);
        CHECK(ended.has_value() == harmless);
        CHECK(client.stats().retries == (harmless ? 1u : 0u));
        CHECK(requests == (harmless ? 3 : 2));
        if (!harmless) {
            try {
                static_cast<void>(ended.value());
            } catch (const http::disconnected_error& e) {
                CHECK(e.may_have_been_processed());
                CHECK(e.attempt() == 1);
                CHECK(e.phase() == http::phase::first_byte);
                CHECK(e.code() == gyre::net::errc::end_of_stream);
                CHECK_THAT(e.what(), Catch::Contains("may have processed"));
            }
        }
        co_await server.stop();
    }
}

GYRE_TEST("no harmless request is lost when a server closes every used connection instead of answering", "[http][client][hygiene]") {
    // However many wait in line for connections that others give back, all of them as dead.
    int requests = 0;
    const auto script = [&requests](scripted_peer& peer) -> task<> {
        const std::string first = co_await peer.request();
        if (first.empty()) co_return;
        ++requests;
        co_await peer.send(ok_response(path_of(first)));
        const std::string second = co_await peer.request();
        requests += second.empty() ? 0 : 1;
    };
    for (const std::size_t connections : {1u, 4u, 32u}) {
        requests = 0;
        scripted_server server(script);
        http::client_options options;
        options.max_connections = connections;
        http::client client(options);
        std::vector<task<std::string>> all;
        for (int i = 0; i < 200; ++i) all.push_back(fetch(client, server.url("/" + std::to_string(i))));
        const auto bodies = co_await gyre::gather(std::move(all));
        INFO(connections);
        for (std::size_t i = 0; i < bodies.size(); ++i) CHECK(bodies[i] == std::to_string(i));
        CHECK(server.accepted() == 200);
        CHECK(client.stats().retries > 50);
        CHECK(requests == 200 + static_cast<int>(client.stats().retries));
        CHECK(client.stats().waiting == 0);
        co_await server.stop();
    }
}

GYRE_TEST("while a request that is sent again waits for a new connection, others use those that are there", "[http][client][hygiene]") {
    // The first connection dies under its second request; another one goes on serving.
    semaphore answers(0);
    const auto script = [&](scripted_peer& peer) -> task<> {
        for (int i = 0;; ++i) {
            const std::string request = co_await peer.request();
            if (request.empty() || (peer.number == 0 && i == 1)) co_return;
            if (peer.number == 1) {
                auto permit = co_await answers.acquire();
                permit.forget();
            }
            co_await peer.send(ok_response(path_of(request)));
        }
    };
    scripted_server server(script);
    http::client_options options;
    options.max_connections = 2;
    http::client client(options);
    const std::string first = co_await fetch(client, server.url("/a"));
    auto dies = gyre::spawn(fetch(client, server.url("/b")));
    auto slow = gyre::spawn(fetch(client, server.url("/c")));
    auto waits = gyre::spawn(fetch(client, server.url("/d")));
    const std::string b = co_await dies;
    CHECK(b == "b");
    answers.release();
    answers.release();
    const std::string c = co_await slow;
    const std::string d = co_await waits;
    CHECK(c == "c");
    CHECK(d == "d");
    CHECK(client.stats().retries == 1);
    CHECK(server.accepted() <= 4);
    co_await server.stop();
}

GYRE_TEST("a request is sent again once only", "[http][client][hygiene]") {
    const auto script = [](scripted_peer& peer) -> task<> {
        const std::string first = co_await peer.request();
        if (peer.number == 0) {
            co_await peer.send(ok_response("x"));
            const std::string second = co_await peer.request();
        }
    };
    scripted_server server(script);
    http::client client;
    const std::string first = co_await fetch(client, server.url());
    auto failing = fetch(client, server.url());
    const auto ended = co_await gyre::as_outcome(std::move(failing));
    try {
        static_cast<void>(ended.value());
        FAIL("it did not throw");
    } catch (const http::disconnected_error& e) {
        CHECK(e.attempt() == 2);
    }
    CHECK(server.accepted() == 2);
    co_await server.stop();
}

GYRE_TEST("a request whose answer has begun is not sent again", "[http][client][hygiene]") {
    const auto script = [](scripted_peer& peer) -> task<> {
        const std::string first = co_await peer.request();
        co_await peer.send(ok_response("x"));
        const std::string second = co_await peer.request();
        co_await peer.send("HTTP/1.1 200 OK\r\nContent-Le");
    };
    scripted_server server(script);
    http::client client;
    const std::string first = co_await fetch(client, server.url());
    auto failing = fetch(client, server.url());
    const auto ended = co_await gyre::as_outcome(std::move(failing));
    CHECK_THROWS_AS(ended.value(), http::truncated_error);
    CHECK(server.accepted() == 1);
    co_await server.stop();
}

GYRE_TEST("an answer that comes after its request timed out or was cancelled goes to nobody", "[http][client][hygiene]") {
    int requests = 0;
    semaphore given_up(0);
    const auto script = [&](scripted_peer& peer) -> task<> {
        for (;;) {
            const std::string request = co_await peer.request();
            if (request.empty()) co_return;
            const bool late = ++requests % 2 == 1;
            if (late) {
                auto permit = co_await given_up.acquire();
                permit.forget();
            }
            co_await peer.send(ok_response(late ? "late" : "good"));
        }
    };
    scripted_server server(script);
    http::client client;
    auto limited = client.get(server.url()).first_byte_timeout(20ms).send();
    const auto ended = co_await gyre::as_outcome(std::move(limited));
    CHECK_THROWS_AS(ended.value(), http::timeout_error);
    given_up.release();
    const std::string after_timeout = co_await fetch(client, server.url());
    CHECK(after_timeout == "good");

    auto cancelled = gyre::spawn(fetch(client, server.url()));
    co_await until([&] { return requests == 3; });
    cancelled.cancel();
    given_up.release();
    const std::string after_cancel = co_await fetch(client, server.url());
    CHECK(after_cancel == "good");
    co_await server.stop();
}
