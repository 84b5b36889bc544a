// What a server answers: routes, statuses, headers and every kind of body.
#include <gyre/http/headers/headers.hpp>
#include <gyre/net/connect.hpp>

#include <unistd.h>

#include <chrono>
#include <memory>
#include <stdexcept>
#include <string>

#include "http/server_support.hpp"

using namespace gyre;
using namespace gyre::test;
using Catch::Contains;
using http::server_request;
using http::server_response;

namespace {

// Keeps what would go to the loop's exception handler, and fail the test.
struct error_log {
    std::vector<std::string> messages;
    void attach(http::server& server) {
        server.on_error([this](const server_request& request, std::exception_ptr error) {
            try {
                std::rethrow_exception(error);
            } catch (const std::exception& e) {
                messages.push_back(std::string(request.path()) + ": " + e.what());
            } catch (...) {
                messages.push_back(std::string(request.path()) + ": something");
            }
        });
    }
};

async_generator<std::string> letters(int count, std::size_t size) {
    for (int i = 0; i < count; ++i) co_yield std::string(size, static_cast<char>('a' + i));
}

async_generator<std::string> failing_after(int pieces, std::shared_ptr<bool> destroyed) {
    struct guard {
        std::shared_ptr<bool> flag;
        ~guard() { *flag = true; }
    } const at_end{destroyed};
    for (int i = 0; i < pieces; ++i) {
        co_yield std::string("piece");
        co_await yield();
    }
    throw std::runtime_error("the source dried up");
}

}  // namespace

GYRE_TEST("a connection serves one request after the other") {
    http::server server;
    int calls = 0;
    server.get("/", [&](server_request&) { return server_response::text("call " + std::to_string(++calls)); });
    auto body = [&]() -> task<> {
        raw_client client = co_await connect_to(server);
        for (int i = 1; i <= 5; ++i) {
            const raw_response got = co_await client.ask(get("/"));
            CHECK(got.status == 200);
            CHECK(got.body == "call " + std::to_string(i));
            CHECK(got.get("content-length") == std::to_string(got.body.size()));
            CHECK(got.get("content-type") == "text/plain; charset=utf-8");
            CHECK(got.has("date"));
            CHECK_FALSE(got.has("connection"));
        }
        CHECK(server.stats().accepted == 1);
        CHECK(server.stats().responses == 5);
    };
    co_await serving(server, body);
}

GYRE_TEST("handlers that are coroutines and plain functions answer alike") {
    http::server server;
    server.get("/task", [](server_request&) -> task<server_response> {
        co_await yield();
        co_return server_response::json("[1]", 201);
    });
    server.get("/plain", [](server_request&) { return server_response::json("[1]", 201); });
    auto body = [&]() -> task<> {
        raw_client client = co_await connect_to(server);
        const raw_response one = co_await client.ask(get("/task"));
        const raw_response other = co_await client.ask(get("/plain"));
        CHECK(one.status == 201);
        CHECK(one.body == "[1]");
        CHECK(one.head == other.head);
    };
    co_await serving(server, body);
}

GYRE_TEST("Connection: close and HTTP/1.0 end the connection behind the response, keep-alive keeps a 1.0 one") {
    http::server server;
    server.get("/", [](server_request&) { return server_response::text("x"); });
    server.get("/last", [](server_request&) { return server_response::text("x").header("Connection", "close"); });
    auto body = [&]() -> task<> {
        for (const char* request : {"GET / HTTP/1.1\r\nHost: h\r\nConnection: close\r\n\r\n", "GET / HTTP/1.0\r\n\r\n",
                                    "GET /last HTTP/1.1\r\nHost: h\r\n\r\n"}) {
            raw_client client = co_await connect_to(server);
            const raw_response got = co_await client.ask(request);
            CHECK(got.status == 200);
            CHECK(got.body == "x");
            CHECK(got.get("connection") == "close");
            const bool ended = co_await client.ends();
            CHECK(ended);
        }
        raw_client client = co_await connect_to(server);
        for (int i = 0; i < 2; ++i) {
            const raw_response got = co_await client.ask("GET / HTTP/1.0\r\nConnection: keep-alive\r\n\r\n");
            CHECK(got.get("connection") == "keep-alive");
        }
    };
    co_await serving(server, body);
}

GYRE_TEST("HEAD has the headers of GET and no body, for every kind of body") {
    http::server server;
    server.get("/text", [](server_request&) { return server_response::text("12345"); });
    server.get("/stream", [](server_request&) { return server_response::stream(letters(3, 10)); });
    server.get("/known", [](server_request&) { return server_response::stream(letters(3, 10), "text/plain", 30); });
    server.get("/large", [](server_request&) { return server_response::bytes(std::string(100'000, 'x')); });
    auto body = [&]() -> task<> {
        raw_client client = co_await connect_to(server);
        for (const std::string path : {"/text", "/stream", "/known", "/large", "/missing"}) {
            const raw_response full = co_await client.ask(get(path));
            const raw_response head = co_await client.ask("HEAD " + path + " HTTP/1.1\r\nHost: h\r\n\r\n", "HEAD");
            CHECK_FALSE(full.body.empty());
            CHECK(head.status == full.status);
            auto a = full.headers;
            auto b = head.headers;
            a.erase("date");
            b.erase("date");
            CHECK(a == b);
        }
    };
    co_await serving(server, body);
}

GYRE_TEST("routes: text beats parameters, parameters are decoded, and what fits nothing is told apart") {
    http::server server;
    const auto tell = [](std::string what) {
        return [what](server_request& r) {
            std::string text = what + " " + std::string(r.pattern());
            if (r.pattern().find("{id}") != std::string_view::npos) text += " id=" + std::string(r.param("id"));
            if (r.pattern().find("{rest") != std::string_view::npos) text += " rest=" + std::string(r.param("rest"));
            return server_response::text(text);
        };
    };
    server.get("/users/me", tell("me"));
    server.get("/users/{id}", tell("user"));
    server.put("/users/{id}", tell("put"));
    server.route("PURGE", "/cache", tell("purge"));
    server.get("/files/{rest...}", tell("files"));
    auto body = [&]() -> task<> {
        raw_client client = co_await connect_to(server);
        const std::vector<std::pair<std::string, std::string>> good = {
            {"GET /users/me", "me /users/me"},
            {"GET /users/%6De", "me /users/me"},
            {"GET /users/7?x=1", "user /users/{id} id=7"},
            {"GET /users/a%2Fb%20c", "user /users/{id} id=a/b c"},
            {"PUT /users/7", "put /users/{id} id=7"},
            {"PURGE /cache", "purge /cache"},
            {"GET /files/", "files /files/{rest...} rest="},
            {"GET /files/a/b%20c/", "files /files/{rest...} rest=a/b c/"},
            {"GET http://other/users/7?y", "user /users/{id} id=7"},
        };
        for (const auto& [request, expected] : good) {
            const raw_response got = co_await client.ask(request + " HTTP/1.1\r\nHost: h\r\n\r\n");
            INFO(request);
            CHECK(got.status == 200);
            CHECK(got.body == expected);
        }
        const raw_response missing = co_await client.ask(get("/users"));
        CHECK(missing.status == 404);
        const raw_response slash = co_await client.ask(get("/users/7/"));
        CHECK(slash.status == 404);
        const raw_response method = co_await client.ask("POST /users/7 HTTP/1.1\r\nHost: h\r\n\r\n");
        CHECK(method.status == 405);
        CHECK(method.get("allow") == "GET, HEAD, PUT");
        const raw_response options = co_await client.ask("OPTIONS * HTTP/1.1\r\nHost: h\r\n\r\n");
        CHECK(options.status == 204);
        CHECK_FALSE(options.has("content-length"));
        const raw_response unknown = co_await client.ask("BREW /users/7 HTTP/1.1\r\nHost: h\r\n\r\n");
        CHECK(unknown.status == 501);
        const bool ended = co_await client.ends();
        CHECK(ended);
    };
    co_await serving(server, body);
}

GYRE_TEST("the fallback handler gets what fits no route") {
    http::server server;
    server.get("/here", [](server_request&) { return server_response::text("here"); });
    server.fallback([](server_request& r) { return server_response::text("nothing at " + std::string(r.path()), 404); });
    auto body = [&]() -> task<> {
        raw_client client = co_await connect_to(server);
        const raw_response got = co_await client.ask(get("/there?q"));
        CHECK(got.status == 404);
        CHECK(got.body == "nothing at /there");
    };
    co_await serving(server, body);
}

TEST_CASE("malformed and doubled route patterns are refused with the cure") {
    http::server server;
    const auto answer = [](server_request&) { return server_response(); };
    server.get("/a/{id}", answer);
    server.get("/r/{rest...}", answer);
    CHECK_THROWS_WITH(server.get("a", answer), Contains("must begin with '/'"));
    CHECK_THROWS_WITH(server.get("/x{id}", answer), Contains("whole segment"));
    CHECK_THROWS_WITH(server.get("/{a...}/b", answer), Contains("at the end only"));
    CHECK_THROWS_WITH(server.get("/{a}/{a}", answer), Contains("one name"));
    CHECK_THROWS_WITH(server.get("/a/{id}", answer), Contains("has a handler for GET already"));
    CHECK_THROWS_WITH(server.put("/a/{name}", answer), Contains("fits the same paths"));
    CHECK_THROWS_WITH(server.route("G T", "/b", answer), Contains("no token"));
    CHECK_THROWS_AS(server.get("/{}", answer), std::invalid_argument);
}

GYRE_TEST("a request tells its parts") {
    http::server server;
    server.get("/a%20b", [](server_request& r) {
        CHECK(r.method() == "GET");
        CHECK(r.target() == "/a%20b?q=x+y%21&q=2&flag&k%65y=v");
        CHECK(r.path() == "/a%20b");
        CHECK(r.query() == "q=x+y%21&q=2&flag&k%65y=v");
        CHECK(r.query_param("q") == std::optional<std::string>("x y!"));
        CHECK(r.query_param("flag") == std::optional<std::string>(""));
        CHECK(r.query_param("key") == std::optional<std::string>("v"));
        CHECK_FALSE(r.query_param("none"));
        CHECK(r.host() == "h:81");
        CHECK(r.headers().get("x-one") == std::optional<std::string_view>("1"));
        CHECK(r.remote_address().is_loopback());
        CHECK_FALSE(r.has_body());
        CHECK_THROWS_WITH(r.param("id"), Contains("has no parameter \"id\""));
        return server_response(204);
    });
    auto body = [&]() -> task<> {
        raw_client client = co_await connect_to(server);
        const raw_response got = co_await client.ask("GET /a%20b?q=x+y%21&q=2&flag&k%65y=v HTTP/1.1\r\nHost: h:81\r\nX-One: 1\r\n\r\n");
        CHECK(got.status == 204);
        CHECK_FALSE(got.has("content-length"));
        CHECK_FALSE(got.has("transfer-encoding"));
    };
    co_await serving(server, body);
}

GYRE_TEST("a handler that throws gives a 500 without details, is reported, and the connection goes on") {
    http::server server;
    error_log log;
    log.attach(server);
    server.get("/bug", [](server_request&) -> server_response { throw std::runtime_error("secret"); });
    server.get("/late", [](server_request&) -> task<server_response> {
        co_await yield();
        throw std::runtime_error("later");
    });
    server.get("/cancelled", [](server_request&) -> task<server_response> {
        // A cancel of something else is an error like any other.
        future<> other = spawn([]() -> task<> { co_await sleep(std::chrono::hours(1)); }());
        other.cancel();
        co_await shield(other);
        co_return server_response();
    });
    server.get("/teapot", [](server_request&) -> server_response { throw http::response_error(418, "short and stout"); });
    server.get("/plain", [](server_request&) -> server_response { throw http::response_error(404); });
    auto body = [&]() -> task<> {
        raw_client client = co_await connect_to(server);
        for (const char* path : {"/bug", "/late", "/cancelled"}) {
            const raw_response got = co_await client.ask(get(path));
            CHECK(got.status == 500);
            CHECK(got.body == "500 Internal Server Error\n");
        }
        const raw_response teapot = co_await client.ask(get("/teapot"));
        CHECK(teapot.status == 418);
        CHECK(teapot.body == "short and stout\n");
        const raw_response plain = co_await client.ask(get("/plain"));
        CHECK(plain.status == 404);
        CHECK(plain.body == "404 Not Found\n");
        CHECK(log.messages == std::vector<std::string>{"/bug: secret", "/late: later", "/cancelled: something"});
        CHECK(server.stats().failures == 3);
    };
    co_await serving(server, body);
}

GYRE_TEST("no text can begin a header line of its own") {
    http::server server;
    error_log log;
    log.attach(server);
    const std::string evil = "a\r\nSet-Cookie: x";
    server.get("/value", [evil](server_request&) { return server_response::text("x").header("X-Name", evil); });
    server.get("/name", [evil](server_request&) { return server_response::text("x").header(evil, "v"); });
    server.get("/type", [evil](server_request&) { return server_response::bytes("x", evil); });
    server.get("/location", [evil](server_request&) { return server_response::redirect(evil); });
    server.get("/stream", [evil](server_request&) { return server_response::stream(letters(1, 1), evil); });
    auto body = [&]() -> task<> {
        raw_client client = co_await connect_to(server);
        for (const char* path : {"/value", "/name", "/type", "/location", "/stream"}) {
            const raw_response got = co_await client.ask(get(path));
            INFO(path);
            CHECK(got.status == 500);
            CHECK(got.head.find("Set-Cookie") == std::string::npos);
        }
        CHECK(log.messages.size() == 5);
    };
    co_await serving(server, body);
    CHECK_THROWS_AS(server_response(99), std::invalid_argument);
    CHECK_THROWS_AS(server_response(101), std::invalid_argument);
    CHECK_THROWS_AS(server_response().set_status(1000), std::invalid_argument);
}

GYRE_TEST("framing headers of a handler do not reach the wire") {
    http::server server;
    server.get("/", [](server_request&) {
        return server_response::text("12345")
            .header("Content-Length", "999")
            .header("transfer-encoding", "chunked")
            .header("Connection", "keep-alive, x-hop")
            .header("Keep-Alive", "timeout=5")
            .header("Date", "Sun, 06 Nov 1994 08:49:37 GMT")
            .add_header("Set-Cookie", "a=1")
            .add_header("Set-Cookie", "b=2");
    });
    auto body = [&]() -> task<> {
        raw_client client = co_await connect_to(server);
        const raw_response got = co_await client.ask(get("/"));
        CHECK(got.head ==
              "HTTP/1.1 200 OK\r\nContent-Type: text/plain; charset=utf-8\r\nDate: Sun, 06 Nov 1994 08:49:37 GMT\r\n"
              "Set-Cookie: a=1\r\nSet-Cookie: b=2\r\nContent-Length: 5\r\n\r\n");
        CHECK(got.body == "12345");
    };
    co_await serving(server, body);
}

GYRE_TEST("bodies of all sizes arrive whole") {
    http::server server;
    server.get("/{id}", [](server_request& r) {
        const std::size_t size = std::stoul(std::string(r.param("id")));
        std::string text(size, 'x');
        for (std::size_t i = 0; i < size; i += 997) text[i] = static_cast<char>('a' + i % 26);
        return server_response::bytes(std::move(text));
    });
    auto body = [&]() -> task<> {
        raw_client client = co_await connect_to(server);
        for (const std::size_t size : std::vector<std::size_t>{0, 1, 8191, 8192, 8193, 65536, 262144, 262145, 3'000'000}) {
            std::string expected(size, 'x');
            for (std::size_t i = 0; i < size; i += 997) expected[i] = static_cast<char>('a' + i % 26);
            const raw_response got = co_await client.ask(get("/" + std::to_string(size)));
            CHECK(got.status == 200);
            CHECK(got.body == expected);
        }
    };
    co_await serving(server, body);
}

GYRE_TEST("a streamed body is chunked, or counted when its length is told, or ends with the connection for HTTP/1.0") {
    http::server server;
    server.get("/stream", [](server_request&) { return server_response::stream(letters(5, 3000), "text/plain"); });
    server.get("/big", [](server_request&) { return server_response::stream(letters(5, 100'000), "text/plain"); });
    server.get("/known", [](server_request&) { return server_response::stream(letters(5, 3000), "text/plain", 15000); });
    server.get("/empty", [](server_request&) { return server_response::stream(letters(0, 0)); });
    server.get("/pauses", [](server_request&) { return server_response::stream(letters(3, 0)); });
    auto body = [&]() -> task<> {
        std::string expected;
        for (int i = 0; i < 5; ++i) expected += std::string(3000, static_cast<char>('a' + i));
        raw_client client = co_await connect_to(server);
        const raw_response chunked = co_await client.ask(get("/stream"));
        CHECK(chunked.get("transfer-encoding") == "chunked");
        CHECK_FALSE(chunked.has("content-length"));
        CHECK(chunked.body == expected);
        const raw_response big = co_await client.ask(get("/big"));
        CHECK(big.body.size() == 500'000);
        const raw_response known = co_await client.ask(get("/known"));
        CHECK(known.get("content-length") == "15000");
        CHECK_FALSE(known.has("transfer-encoding"));
        CHECK(known.body == expected);
        for (const char* path : {"/empty", "/pauses"}) {
            const raw_response none = co_await client.ask(get(path));
            CHECK(none.status == 200);
            CHECK(none.body.empty());
        }
        raw_client old = co_await connect_to(server);
        const raw_response until_end = co_await old.ask("GET /stream HTTP/1.0\r\nConnection: keep-alive\r\n\r\n");
        CHECK(until_end.get("connection") == "close");
        CHECK_FALSE(until_end.has("transfer-encoding"));
        CHECK(until_end.body == expected);
    };
    co_await serving(server, body);
}

GYRE_TEST("a stream that fails before its first piece gives a 500, later it resets the connection") {
    http::server server;
    error_log log;
    log.attach(server);
    auto destroyed = std::make_shared<bool>(false);
    server.get("/{id}", [destroyed](server_request& r) {
        return server_response::stream(failing_after(std::stoi(std::string(r.param("id"))), destroyed));
    });
    server.get("/short", [](server_request&) { return server_response::stream(letters(2, 10), "text/plain", 21); });
    server.get("/long", [](server_request&) { return server_response::stream(letters(2, 10), "text/plain", 19); });
    auto body = [&]() -> task<> {
        raw_client client = co_await connect_to(server);
        const raw_response early = co_await client.ask(get("/0"));
        CHECK(early.status == 500);
        CHECK(*destroyed);
        *destroyed = false;
        co_await client.send(get("/2"));
        const bool was_reset = co_await client.is_reset();
        CHECK(was_reset);
        CHECK(*destroyed);
        for (const char* path : {"/short", "/long"}) {
            raw_client other = co_await connect_to(server);
            co_await other.send(get(path));
            const bool reset = co_await other.is_reset();
            CHECK(reset);
        }
        CHECK(log.messages == std::vector<std::string>{"/0: the source dried up", "/2: the source dried up",
                                                       "/short: gyre: a response body ended after 20 of its declared 21 bytes",
                                                       "/long: gyre: a response body is longer than its declared 19 bytes"});
    };
    co_await serving(server, body);
}

GYRE_TEST("the access log is told of each response") {
    http::server server;
    std::vector<std::string> lines;
    server.get("/", [](server_request&) { return server_response::text("12345"); });
    server.on_response([&](const http::access_record& r) {
        CHECK(r.took >= duration::zero());
        CHECK(r.bytes > 5);
        lines.push_back(std::string(r.request.method()) + " " + std::string(r.request.target()) + " " + std::to_string(r.status));
    });
    auto body = [&]() -> task<> {
        raw_client client = co_await connect_to(server);
        co_await client.ask(get("/?a"));
        co_await client.ask(get("/nope"));
    };
    co_await serving(server, body);
    CHECK(lines == std::vector<std::string>{"GET /?a 200", "GET /nope 404"});
}

GYRE_TEST("a server listens on several sockets, Unix ones too") {
    http::server server;
    server.get("/", [](server_request&) { return server_response::text("x"); });
    auto body = [&]() -> task<> {
        co_await server.listen("127.0.0.1", 0);
        server.listen(net::listen_unix("@gyre-http-server-test-" + std::to_string(::getpid())));
        REQUIRE(server.addresses().size() == 3);
        CHECK(server.port() == server.addresses().front().port());
        for (const net::address& at : server.addresses()) {
            net::stream stream = co_await net::connect(at);
            raw_client client(std::move(stream));
            const raw_response got = co_await client.ask(get("/"));
            CHECK(got.body == "x");
        }
    };
    co_await serving(server, body);
}

GYRE_TEST("serve() without a listener, or twice, says what to do") {
    http::server server;
    std::string first;
    try {
        co_await server.serve();
    } catch (const invalid_state_error& e) {
        first = e.what();
    }
    CHECK_THAT(first, Contains("listen() first"));
    auto body = [&]() -> task<> {
        std::string second;
        co_await yield();
        try {
            co_await server.serve();
        } catch (const invalid_state_error& e) {
            second = e.what();
        }
        CHECK_THAT(second, Contains("runs already"));
    };
    co_await serving(server, body);
    std::string third;
    try {
        co_await server.listen("127.0.0.1", 0);
    } catch (const invalid_state_error& e) {
        third = e.what();
    }
    CHECK_THAT(third, Contains("make another one"));
}
