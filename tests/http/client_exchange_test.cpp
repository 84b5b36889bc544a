#include <unistd.h>

#include <cstdio>
#include <cstring>
#include <gyre/fs/fs.hpp>
#include <string>
#include <vector>

#include "http/client_support.hpp"
#include "support/scratch_directory.hpp"

using namespace gyre;
using namespace gyre::test;
using namespace std::chrono_literals;

namespace {

// What a server that answers once with these bytes, and closes when told so, leads to.
struct two_answers {
    two_answers() {}
    int status = 0;
    std::string body;
    http::headers trailers;
    int connections = 0;  // for two requests
};

task<two_answers> fetch_twice(std::string answer, bool close_after, std::string method = "GET") {
    const auto script = [answer, close_after](scripted_peer& peer) -> task<> {
        for (;;) {
            const std::string request = co_await peer.request();
            if (request.empty()) co_return;
            co_await peer.send(answer);
            if (close_after) co_return;
        }
    };
    scripted_server server(script);
    http::client client;
    two_answers result;
    for (int i = 0; i < 2; ++i) {
        auto response = co_await client.request(method, server.url());
        result.status = response.status();
        result.body = co_await response.text();
        result.trailers = response.trailers();
    }
    result.connections = server.accepted();
    co_await server.stop();
    co_return result;
}

}  // namespace

GYRE_TEST("a client sends a plain request and gives status, headers and body", "[http][client]") {
    std::string seen;
    const auto script = [&seen](scripted_peer& peer) -> task<> {
        seen = co_await peer.request();
        co_await peer.send("HTTP/1.1 200 Fine\r\nContent-Length: 5\r\nX-One: 1\r\n\r\nhello");
    };
    scripted_server server(script);
    http::client client;
    auto response = co_await client.get(server.url("/a?b=c#d"));
    CHECK(response.status() == 200);
    CHECK(response.ok());
    CHECK(response.reason() == "Fine");
    CHECK(response.headers().get("x-one") == "1");
    CHECK(response.content_length() == 5u);
    CHECK(response.url().path() == "/a");
    const std::string body = co_await response.text();
    CHECK(body == "hello");
    const std::string host = "127.0.0.1:" + std::to_string(server.port());
    CHECK(seen == "GET /a?b=c HTTP/1.1\r\nHost: " + host + "\r\nUser-Agent: gyre/0.1\r\nAccept: */*\r\n\r\n");
    co_await server.stop();
}

GYRE_TEST("a request is built fluently, in one expression or step by step", "[http][client]") {
    std::vector<std::string> seen;
    const auto script = [&seen](scripted_peer& peer) -> task<> {
        for (;;) {
            const std::string request = co_await peer.request();
            if (request.empty()) co_return;
            seen.push_back(request);
            co_await peer.send(ok_response("x"));
        }
    };
    scripted_server server(script);
    http::client_options options;
    options.user_agent = "tester";
    options.default_headers.add("X-Default", "d");
    http::client client(options);
    auto first =
        co_await client.post(server.url("/p")).header("X-A", "1").header("Accept", "text/plain").query("k", "v w").body("abc").timeout(10s);
    const std::string text = co_await first.text();
    CHECK(text == "x");
    const std::string host = "Host: 127.0.0.1:" + std::to_string(server.port()) + "\r\n";
    CHECK(seen.at(0) == "POST /p?k=v+w HTTP/1.1\r\n" + host +
                            "User-Agent: tester\r\nX-Default: d\r\nX-A: 1\r\nAccept: text/plain\r\nContent-Length: 3\r\n\r\nabc");

    auto request = client.put(server.url("/q"));
    request.header("Host", "other").header("x-default", "mine");
    auto second = co_await request;
    CHECK(second.status() == 200);
    CHECK(seen.at(1) ==
          "PUT /q HTTP/1.1\r\nUser-Agent: tester\r\nAccept: */*\r\nHost: other\r\nx-default: mine\r\nContent-Length: 0\r\n\r\n");
    CHECK_THROWS_AS(request.send(), gyre::invalid_state_error);

    auto third = client.delete_(server.url("/r")).send();
    const auto deleted = co_await std::move(third);
    CHECK(deleted.status() == 200);
    CHECK(seen.at(2).starts_with("DELETE /r HTTP/1.1\r\n"));
    co_await server.stop();
}

GYRE_TEST("a body larger than a socket's buffer is sent whole", "[http][client]") {
    std::string seen;
    const auto script = [&seen](scripted_peer& peer) -> task<> {
        seen = co_await peer.request();
        co_await peer.send(ok_response("got it"));
    };
    scripted_server server(script);
    http::client client;
    std::string body;
    for (int i = 0; body.size() < 20'000'000; ++i) body += std::to_string(i);
    auto response = co_await client.put(server.url()).body(body);
    const std::string text = co_await response.text();
    CHECK(text == "got it");
    CHECK(seen.size() > body.size());
    CHECK((seen.substr(seen.size() - body.size()) == body));
    co_await server.stop();
}

GYRE_TEST("bodies are delimited by length, by chunks or by the end of the connection", "[http][client]") {
    const two_answers counted = co_await fetch_twice("HTTP/1.1 200 OK\r\nContent-Length: 3\r\n\r\nabc", false);
    CHECK(counted.body == "abc");
    CHECK(counted.connections == 1);

    const two_answers chunked = co_await fetch_twice(
        "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nab\r\n5;x=y\r\ncdefg\r\n0\r\nX-Sum: 7\r\nHost: evil\r\n\r\n", false);
    CHECK(chunked.body == "abcdefg");
    CHECK(chunked.trailers.get("x-sum") == "7");
    CHECK(!chunked.trailers.contains("host"));
    CHECK(chunked.connections == 1);

    const two_answers until_end = co_await fetch_twice("HTTP/1.1 200 OK\r\n\r\nall of it", true);
    CHECK(until_end.body == "all of it");
    CHECK(until_end.connections == 2);

    const two_answers empty = co_await fetch_twice("HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n", false);
    CHECK(empty.body.empty());
    CHECK(empty.connections == 1);
}

GYRE_TEST("responses that have no body have none, whatever their headers say", "[http][client]") {
    const two_answers head = co_await fetch_twice("HTTP/1.1 200 OK\r\nContent-Length: 1000\r\n\r\n", false, "HEAD");
    CHECK(head.body.empty());
    CHECK(head.connections == 1);
    const two_answers none = co_await fetch_twice("HTTP/1.1 204 No Content\r\nContent-Length: 3\r\n\r\n", false);
    CHECK(none.status == 204);
    CHECK(none.body.empty());
    CHECK(none.connections == 1);
    const two_answers unchanged = co_await fetch_twice("HTTP/1.1 304 Not Modified\r\nTransfer-Encoding: chunked\r\n\r\n", false);
    CHECK(unchanged.status == 304);
    CHECK(unchanged.body.empty());
    CHECK(unchanged.connections == 1);
}

GYRE_TEST("interim responses are skipped", "[http][client]") {
    const two_answers result = co_await fetch_twice(
        "HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 103 Early Hints\r\nLink: </x>\r\n\r\nHTTP/1.1 200 OK\r\nContent-Length: 1\r\n\r\nz", false);
    CHECK(result.status == 200);
    CHECK(result.body == "z");
    CHECK(result.connections == 1);

    std::string many;
    for (int i = 0; i < 17; ++i) many += "HTTP/1.1 102 Processing\r\n\r\n";
    auto too_many = fetch_twice(many + ok_response("z"), false);
    const auto ended = co_await gyre::as_outcome(std::move(too_many));
    CHECK_THROWS_WITH(ended.value(), Catch::Contains("interim"));

    auto unasked = fetch_twice("HTTP/1.1 101 Switching Protocols\r\nUpgrade: x\r\nConnection: upgrade\r\n\r\n", false);
    const auto switched = co_await gyre::as_outcome(std::move(unasked));
    CHECK_THROWS_AS(switched.value(), http::protocol_error);
}

GYRE_TEST("a connection is not used again when either side says so", "[http][client]") {
    const two_answers closed = co_await fetch_twice("HTTP/1.1 200 OK\r\nConnection: close\r\nContent-Length: 1\r\n\r\nx", false);
    CHECK(closed.connections == 2);
    const two_answers old = co_await fetch_twice("HTTP/1.0 200 OK\r\nContent-Length: 1\r\n\r\nx", false);
    CHECK(old.connections == 2);
    const two_answers kept = co_await fetch_twice("HTTP/1.0 200 OK\r\nConnection: keep-alive\r\nContent-Length: 1\r\n\r\nx", false);
    CHECK(kept.connections == 1);

    scripted_server server(answer_with(ok_response("x")));
    http::client client;
    for (int i = 0; i < 2; ++i) {
        auto response = co_await client.get(server.url()).header("Connection", "close");
        const std::string body = co_await response.text();
        CHECK(body == "x");
    }
    CHECK(server.accepted() == 2);
    co_await server.stop();
}

GYRE_TEST("a response that comes byte by byte is the same", "[http][client]") {
    const auto script = [](scripted_peer& peer) -> task<> {
        const std::string request = co_await peer.request();
        const std::string answer = "HTTP/1.1 200 OK\r\nX: y\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n1\r\nd\r\n0\r\nT: u\r\n\r\n";
        for (const char c : answer) {
            co_await peer.send(std::string(1, c));
            co_await yield();
        }
        co_await peer.wait_for_end();
    };
    scripted_server server(script);
    http::client client;
    auto response = co_await client.get(server.url());
    CHECK(response.headers().get("x") == "y");
    const std::string body = co_await response.text();
    CHECK(body == "abcd");
    CHECK(response.trailers().get("t") == "u");
    CHECK(client.stats().idle == 1);
    co_await server.stop();
}

GYRE_TEST("a large body comes whole as text, as bytes and in pieces", "[http][client]") {
    std::string body;
    for (int i = 0; body.size() < 3'000'000; ++i) body += std::to_string(i) + ",";
    std::string chunked = "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n";
    for (std::size_t at = 0; at < body.size(); at += 70'000) {
        const std::string part = body.substr(at, 70'000);
        char size[16];
        std::snprintf(size, sizeof size, "%zx\r\n", part.size());
        chunked += size + part + "\r\n";
    }
    chunked += "0\r\n\r\n";
    std::vector<std::string> answers;
    answers.push_back(ok_response(body));
    answers.push_back(chunked);
    for (const std::string& answer : answers) {
        scripted_server server(answer_with(answer));
        http::client client;
        auto as_text = co_await client.get(server.url());
        const std::string text = co_await as_text.text();
        CHECK((text == body));
        auto as_bytes = co_await client.get(server.url());
        const http::bytes all = co_await as_bytes.bytes();
        CHECK((all.view() == body));
        auto in_pieces = co_await client.get(server.url());
        std::string joined;
        std::size_t pieces = 0;
        auto chunks = in_pieces.chunks();
        for (;;) {
            const auto chunk = co_await chunks.next();
            if (!chunk) break;
            CHECK(!chunk->empty());
            joined += *chunk;
            ++pieces;
        }
        CHECK((joined == body));
        CHECK(pieces > 10);
        const auto after_end = co_await chunks.next();
        CHECK(!after_end);
        CHECK(server.accepted() == 1);
        co_await server.stop();
    }
}

GYRE_TEST("a body is read once", "[http][client]") {
    scripted_server server(answer_with(ok_response("x")));
    http::client client;
    auto response = co_await client.get(server.url());
    const std::string body = co_await response.text();
    CHECK(body == "x");
    CHECK_THROWS_WITH(response.text(), Catch::Contains("was read already"));
    CHECK_THROWS_AS(response.chunks(), gyre::invalid_state_error);
    co_await server.stop();
}

GYRE_TEST("a body is not taken beyond the caller's limit", "[http][client]") {
    scripted_server counted(answer_with(ok_response(std::string(100, 'x'))));
    scripted_server chunked(
        answer_with("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n40\r\n" + std::string(64, 'x') + "\r\n0\r\n\r\n"));
    http::client client;
    std::vector<std::string> urls;
    urls.push_back(counted.url());
    urls.push_back(chunked.url());
    for (const std::string& url : urls) {
        auto fits = co_await client.get(url);
        const std::string body = co_await fits.text(100);
        CHECK(body.size() >= 64);
        auto larger = co_await client.get(url);
        auto reading = larger.text(63);
        const auto ended = co_await gyre::as_outcome(std::move(reading));
        CHECK_THROWS_AS(ended.value(), http::too_large_error);
    }
    co_await counted.stop();
    co_await chunked.stop();
}

GYRE_TEST("raise_for_status throws for 400 and above and names what was answered", "[http][client]") {
    scripted_server server(answer_with("HTTP/1.1 404 Gone Fishing\r\nContent-Length: 2\r\n\r\nno"));
    http::client client;
    auto response = co_await client.get(server.url("/x?y"));
    try {
        response.raise_for_status();
        FAIL("it did not throw");
    } catch (const http::status_error& e) {
        CHECK(e.status() == 404);
        CHECK(e.url() == server.url("/x?y"));
        CHECK_THAT(e.what(), Catch::Contains("404 Gone Fishing"));
    }
    const std::string body = co_await response.text();
    CHECK(body == "no");
    co_await server.stop();
}

GYRE_TEST("a body goes to a file, and nothing is left of one that did not come whole", "[http][client]") {
    const scratch_directory folder;
    const std::string path = folder / "body";
    const std::string body(300'000, 'q');
    scripted_server whole(answer_with(ok_response(body)));
    const auto broken_script = [](scripted_peer& peer) -> task<> {
        const std::string request = co_await peer.request();
        co_await peer.send("HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\nabc");
    };
    scripted_server broken(broken_script);
    http::client client;
    auto response = co_await client.get(whole.url());
    const auto size = co_await response.save_to(path);
    CHECK(size == body.size());
    const std::string written = co_await gyre::fs::read_file(path);
    CHECK((written == body));

    auto cut = co_await client.get(broken.url());
    auto saving = cut.save_to(path);
    const auto ended = co_await gyre::as_outcome(std::move(saving));
    CHECK_THROWS_AS(ended.value(), http::truncated_error);
    CHECK(::access(path.c_str(), F_OK) != 0);

    auto nowhere = co_await client.get(whole.url());
    auto impossible = nowhere.save_to(folder / "none/body");
    const auto refused = co_await gyre::as_outcome(std::move(impossible));
    CHECK_THROWS_AS(refused.value(), gyre::fs::error);
    // Nothing of the body is lost by that.
    const auto after_all = co_await nowhere.save_to(path);
    CHECK(after_all == body.size());
    co_await whole.stop();
    co_await broken.stop();
}

GYRE_TEST("what cannot be requested says so before anything is sent", "[http][client]") {
    scripted_server server(answer_with(ok_response("x")));
    http::client client;
    std::vector<gyre::task<http::response>> requests;
    requests.push_back(client.get("http://").send());
    requests.push_back(client.get("no url").send());
    requests.push_back(client.get("https://example.org/").send());
    requests.push_back(client.get("mailto:a@b").send());
    requests.push_back(client.request("BAD METHOD", server.url()).send());
    requests.push_back(client.request("CONNECT", server.url()).send());
    requests.push_back(client.post(server.url()).header("Content-Length", "7").body("x").send());
    requests.push_back(client.post(server.url()).header("transfer-encoding", "chunked").body("x").send());
    const std::vector<std::string> says{"http://",        "no url",           "TLS", "http:// URLs only", "token", "CONNECT",
                                        "Content-Length", "Transfer-Encoding"};
    for (std::size_t i = 0; i < says.size(); ++i) {
        const auto ended = co_await gyre::as_outcome(std::move(requests[i]));
        CHECK_THROWS_WITH(ended.value(), Catch::Contains(says[i]));
    }
    CHECK_THROWS_AS(client.get(server.url()).header("X-A", "a\r\nB: c"), http::header_error);
    CHECK(server.accepted() == 0);
    co_await server.stop();
}

GYRE_TEST("one malformed URL among many good ones fails alone", "[http][client]") {
    scripted_server server(answer_with(ok_response("x")));
    http::client client;
    const auto fetch = [&](int i) -> task<int> {
        const std::string url = i == 37 ? std::string("http://[::bad/") : server.url("/" + std::to_string(i));
        auto response = co_await client.get(url);
        const std::string body = co_await response.text();
        co_return static_cast<int>(body.size());
    };
    std::vector<task<int>> all;
    for (int i = 0; i < 100; ++i) all.push_back(fetch(i));
    const auto ends = co_await gyre::gather_outcomes(std::move(all));
    for (std::size_t i = 0; i < ends.size(); ++i) {
        if (i == 37)
            CHECK_THROWS_AS(ends[i].value(), http::url_error);
        else
            CHECK(ends[i].value() == 1);
    }
    co_await server.stop();
}

GYRE_TEST("bytes keep what is put into them", "[http][client]") {
    http::bytes b("abc");
    CHECK(b.size() == 3);
    CHECK(b.view() == "abc");
    const http::bytes copy = b;
    std::string expected = "abc";
    for (int i = 0; i < 3000; ++i) {
        b.append("0123456789", 10);
        expected += "0123456789";
    }
    CHECK((b.view() == expected));
    CHECK(copy.view() == "abc");
    http::bytes moved = std::move(b);
    CHECK((moved.view() == expected));
    b = copy;
    CHECK(b == copy);
    const std::string_view seen = b;
    CHECK(seen == "abc");
    for (std::size_t size = 1; size < 3'000'000; size = size * 5 / 4 + 1) {
        http::bytes block;
        block.reserve(size);
        CHECK(block.capacity() >= size);
        std::memset(block.data(), 0, block.capacity());
    }
    co_return;
}
