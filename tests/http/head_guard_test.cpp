// ctest: backend=none
#include <gyre/http/message/head.hpp>
#include <gyre/http/message/head_finder.hpp>

#include <catch2/catch.hpp>

#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace {

using namespace gyre::http;
using namespace std::string_view_literals;
using Catch::Contains;

// What became of a head: its description, or the name of the error.
std::string describe(const request_head& h) {
    std::string out(h.method());
    out += ' ';
    out += h.target();
    out += h.version() == version::http_1_1 ? " 1.1" : " 1.0";
    for (const auto [name, value] : h.headers()) out += "|" + std::string(name) + "=" + std::string(value);
    out += "|body " + std::to_string(static_cast<int>(h.body().kind)) + " " + std::to_string(h.body().length);
    out += h.keep_alive() ? " keep" : " close";
    return out;
}

std::string describe(const response_head& h) {
    std::string out = std::to_string(h.status()) + " " + std::string(h.reason());
    out += h.version() == version::http_1_1 ? " 1.1" : " 1.0";
    for (const auto [name, value] : h.headers()) out += "|" + std::string(name) + "=" + std::string(value);
    out += "|body " + std::to_string(static_cast<int>(h.body().kind)) + " " + std::to_string(h.body().length);
    out += h.keep_alive() ? " keep" : " close";
    return out;
}

// Feeds `bytes` to finder and parser in pieces of `step` bytes.
std::string receive(head_kind kind, std::string_view bytes, std::size_t step, const head_limits& limits = {},
                    std::string_view method = "GET") {
    try {
        head_finder finder(kind, limits);
        for (std::size_t have = std::min(step, bytes.size());; have = std::min(have + step, bytes.size())) {
            const auto found = finder.find_end(bytes.substr(0, have));
            if (found) {
                const std::string_view head = found->of(bytes);
                return kind == head_kind::request ? describe(parse_request_head(head, limits))
                                                  : describe(parse_response_head(head, method, limits));
            }
            if (have == bytes.size()) break;
        }
        finder.finish();
        return "nothing";
    } catch (const message_error& e) {
        return std::string(to_string(e.kind()));
    }
}

// The result, which must not depend on where the reads end.
std::string receive(head_kind kind, std::string_view bytes, const head_limits& limits = {}, std::string_view method = "GET") {
    const std::string whole = receive(kind, bytes, bytes.size() + 1, limits, method);
    for (const std::size_t step : {1u, 2u, 3u, 7u}) {
        INFO("pieces of " << step << " bytes of <" << bytes << ">");
        CHECK(receive(kind, bytes, step, limits, method) == whole);
    }
    return whole;
}

std::string request(std::string_view bytes) { return receive(head_kind::request, bytes); }
std::string response(std::string_view bytes, std::string_view method = "GET") { return receive(head_kind::response, bytes, {}, method); }

// A request whose header lines after Host are `lines`.
std::string with(std::string_view lines) { return "POST / HTTP/1.1\r\nHost: a\r\n" + std::string(lines) + "\r\n"; }

parse_error kind_of(std::string_view bytes) {
    try {
        (void)parse_request_head(bytes);
    } catch (const message_error& e) {
        return e.kind();
    }
    FAIL("accepted: " << bytes);
    return {};
}

}  // namespace

TEST_CASE("a request head is taken apart", "[http][head]") {
    const std::string bytes =
        "POST /p/a?q=1 HTTP/1.1\r\nHost: example.org:81\r\nContent-Length: 010\r\nX-Tab: a\tb \t\r\nEmpty:\r\nExpect: 100-continue\r\n\r\n";
    const request_head h = parse_request_head(bytes);
    CHECK(h.method() == "POST");
    CHECK(h.target() == "/p/a?q=1");
    CHECK(h.path_and_query() == "/p/a?q=1");
    CHECK(h.form() == target_form::origin);
    CHECK(h.authority() == "example.org:81");
    CHECK(h.version() == version::http_1_1);
    CHECK(h.headers().size() == 5);
    CHECK(h.headers().get("x-tab") == "a\tb"sv);
    CHECK(h.headers().get("EMPTY") == ""sv);
    CHECK(h.body().kind == body_kind::content_length);
    CHECK(h.body().length == 10);
    CHECK(h.keep_alive());
    CHECK(h.expects_continue());
    CHECK_FALSE(h.wants_upgrade());
}

TEST_CASE("a response head is taken apart", "[http][head]") {
    const std::string bytes =
        "HTTP/1.1 404 Not \xE9 Found\r\nServer: x\r\nTransfer-Encoding: Chunked\r\nConnection: Keep-Alive, Upgrade\r\nUpgrade: h2c\r\n\r\n";
    const response_head h = parse_response_head(bytes);
    CHECK(h.status() == 404);
    CHECK(h.reason() == "Not \xE9 Found");
    CHECK(h.body().kind == body_kind::chunked);
    CHECK(h.keep_alive());
    CHECK(h.wants_upgrade());
    CHECK_FALSE(h.is_interim());
    CHECK(h.headers().get("server") == "x"sv);
}

TEST_CASE("a head owns what it shows", "[http][head]") {
    auto* bytes = new std::string("GET /x HTTP/1.1\r\nHost: h\r\nA: 1\r\n\r\n");
    request_head h = parse_request_head(*bytes);
    delete bytes;
    for (int i = 0; i < 100; ++i) h.headers().add("N" + std::to_string(i), "value");
    h.headers().set("a", "2");
    CHECK(h.method() == "GET");
    CHECK(h.target() == "/x");
    CHECK(h.authority() == "h");
    const request_head copy = h;
    const request_head moved = std::move(h);
    CHECK(copy.target() == "/x");
    CHECK(moved.target() == "/x");
    CHECK(copy.headers().get("A") == "2"sv);
    CHECK(moved.headers().size() == 102);
    request_head reused = copy;
    reused.headers().clear();
    CHECK(reused.target() == "/x");
    parse_request_head("PUT /y HTTP/1.0\r\n\r\n", {}, reused);
    CHECK(describe(reused) == "PUT /y 1.0|body 0 0 close");
}

TEST_CASE("good request heads are accepted, wherever the reads end", "[http][head]") {
    CHECK(request("GET / HTTP/1.1\r\nHost: a\r\n\r\n") == "GET / 1.1|Host=a|body 0 0 keep");
    CHECK(request("GET / HTTP/1.0\r\n\r\n") == "GET / 1.0|body 0 0 close");
    CHECK(request("GET / HTTP/1.0\r\nConnection: keep-alive\r\n\r\n") == "GET / 1.0|Connection=keep-alive|body 0 0 keep");
    CHECK(request("\r\n\r\nGET / HTTP/1.1\r\nHost: a\r\n\r\nbody follows") == "GET / 1.1|Host=a|body 0 0 keep");
    CHECK(request("OPTIONS * HTTP/1.1\r\nHost:\r\n\r\n") == "OPTIONS * 1.1|Host=|body 0 0 keep");
    CHECK(request("CONNECT a.b:443 HTTP/1.1\r\nHost: a.b:443\r\n\r\n") == "CONNECT a.b:443 1.1|Host=a.b:443|body 0 0 keep");
    CHECK(request("QUERY /~!@$%&'()*+,-./:;=?[]_\"<>\\^`{|} HTTP/1.1\r\nhost: [::1]:8080\r\n\r\n").find("QUERY /~") == 0);
    CHECK(request(with("Transfer-Encoding: chunked\r\n")) == "POST / 1.1|Host=a|Transfer-Encoding=chunked|body 2 0 keep");
    CHECK(request(with("Transfer-Encoding:\t CHUNKED \t\r\n")) == "POST / 1.1|Host=a|Transfer-Encoding=CHUNKED|body 2 0 keep");
    CHECK(request(with("Content-Length: 0\r\n")) == "POST / 1.1|Host=a|Content-Length=0|body 1 0 keep");
    CHECK(request(with("Content-Length: 9223372036854775807\r\n")) ==
          "POST / 1.1|Host=a|Content-Length=9223372036854775807|body 1 9223372036854775807 keep");
    CHECK(request(with("X: \x80\xFF obs-text\r\n")) == "POST / 1.1|Host=a|X=\x80\xFF obs-text|body 0 0 keep");
}

TEST_CASE("Connection is read by its tokens", "[http][head]") {
    const auto keeps = [](std::string_view lines) { return parse_request_head(with(lines)).keep_alive(); };
    CHECK_FALSE(keeps("Connection: close\r\n"));
    CHECK_FALSE(keeps("Connection: close\t\r\n"));
    CHECK_FALSE(keeps("Connection: x, CLOSE\r\n"));
    CHECK_FALSE(keeps("Connection: keep-alive\r\nConnection: close\r\n"));
    CHECK_FALSE(keeps("Connection: close, keep-alive\r\n"));
    CHECK(keeps("Connection: closed\r\n"));
    CHECK(keeps("Connection: x-close\r\n"));
    CHECK(parse_request_head(with("Connection: Upgrade\r\nUpgrade: websocket\r\n")).wants_upgrade());
    CHECK_FALSE(parse_request_head(with("Upgrade: websocket\r\n")).wants_upgrade());
    CHECK_FALSE(parse_request_head("GET / HTTP/1.0\r\nExpect: 100-continue\r\n\r\n").expects_continue());
}

TEST_CASE("ambiguous or malformed body lengths are refused", "[http][head][smuggling]") {
    const std::pair<std::string_view, std::string_view> cases[] = {
        {"Content-Length: 6\r\nTransfer-Encoding: chunked\r\n", "length_and_chunked"},
        {"Transfer-Encoding: chunked\r\nContent-Length: 6\r\n", "length_and_chunked"},
        {"Content-Length: 5\r\nContent-Length: 6\r\n", "duplicate_content_length"},
        {"Content-Length: 5\r\ncontent-length: 5\r\n", "duplicate_content_length"},
        {"Content-Length: 3, 3\r\n", "bad_content_length"},
        {"Content-Length: +3\r\n", "bad_content_length"},
        {"Content-Length: -3\r\n", "bad_content_length"},
        {"Content-Length: 0x3\r\n", "bad_content_length"},
        {"Content-Length: 1_0\r\n", "bad_content_length"},
        {"Content-Length: 1 0\r\n", "bad_content_length"},
        {"Content-Length: 3abc\r\n", "bad_content_length"},
        {"Content-Length: 3.0\r\n", "bad_content_length"},
        {"Content-Length:\r\n", "bad_content_length"},
        {"Content-Length: \"3\"\r\n", "bad_content_length"},
        {"Content-Length: 9223372036854775808\r\n", "bad_content_length"},
        {"Content-Length: 18446744073709551617\r\n", "bad_content_length"},
        {"Content-Length: 99999999999999999999999999\r\n", "bad_content_length"},
        {"Content-Length: \xEF\xBC\x93\r\n", "bad_content_length"},
        {"Transfer-Encoding: chunked\r\nTransfer-Encoding: chunked\r\n", "bad_transfer_encoding"},
        {"Transfer-Encoding: chunked, chunked\r\n", "bad_transfer_encoding"},
        {"Transfer-Encoding: ,chunked\r\n", "bad_transfer_encoding"},
        {"Transfer-Encoding: chunked,\r\n", "bad_transfer_encoding"},
        {"Transfer-Encoding: xchunked\r\n", "bad_transfer_encoding"},
        {"Transfer-Encoding: chunked, identity\r\n", "bad_transfer_encoding"},
        {"Transfer-Encoding: identity\r\n", "bad_transfer_encoding"},
        {"Transfer-Encoding: gzip, chunked\r\n", "bad_transfer_encoding"},
        {"Transfer-Encoding: chunked;q=1\r\n", "bad_transfer_encoding"},
        {"Transfer-Encoding: \"chunked\"\r\n", "bad_transfer_encoding"},
        {"Transfer-Encoding:\r\n", "bad_transfer_encoding"},
        {"Transfer-Encoding: \x0B"
         "chunked\r\n",
         "control_byte"},
    };
    for (const auto& [lines, expected] : cases) {
        INFO("lines <" << lines << ">");
        CHECK(request(with(lines)) == expected);
    }
    CHECK(request("POST / HTTP/1.0\r\nTransfer-Encoding: chunked\r\n\r\n") == "transfer_encoding_in_http_1_0");
    CHECK(request("CONNECT a:1 HTTP/1.1\r\nHost: a:1\r\nContent-Length: 3\r\n\r\n") == "body_not_allowed");
}

TEST_CASE("lines that parties could read differently are refused", "[http][head][smuggling]") {
    const std::pair<std::string, std::string_view> cases[] = {
        {"GET / HTTP/1.1\r\nHost: a\r\n Content-Length: 5\r\n\r\n", "folded_line"},
        {"GET / HTTP/1.1\r\nHost: a\r\n\tContent-Length: 5\r\n\r\n", "folded_line"},
        {"GET / HTTP/1.1\r\n Host: a\r\n\r\n", "folded_line"},
        {with("Transfer-Encoding:\r\n chunked\r\n"), "folded_line"},
        {"GET / HTTP/1.1\nHost: a\r\n\r\n", "bare_line_feed"},
        {"GET / HTTP/1.1\r\nHost: a\n\r\n", "bare_line_feed"},
        {"GET / HTTP/1.1\r\nHost: a\r\n\nX", "bare_line_feed"},
        {"\nGET / HTTP/1.1\r\nHost: a\r\n\r\n", "bare_line_feed"},
        {"GET / HTTP/1.1\r\nHost: a\r\n\rX", "bare_carriage_return"},
        {with("X-Abc:\rTransfer-Encoding: chunked\r\n"), "bare_carriage_return"},
        {with("X-Abc: a\rb\r\n"), "bare_carriage_return"},
        {with("X-Abc: a\r\r\n"), "bare_carriage_return"},
        {with("X\r: a\r\n"), "bare_carriage_return"},
        {"GET / HTTP/1.1\r\r\nHost: a\r\n\r\n", "bare_carriage_return"},
        {with("X: a\x01\r\n"), "control_byte"},
        {with("X: a\x7F\r\n"), "control_byte"},
        {with("X: a" + std::string(1, '\0') + "\r\n"), "control_byte"},
        {with("X" + std::string(1, '\0') + ": a\r\n"), "control_byte"},
        {with("Foo : b\r\n"), "space_before_colon"},
        {with("Foo\t: b\r\n"), "space_before_colon"},
        {with("X Y: b\r\n"), "bad_field_name"},
        {with(": b\r\n"), "empty_field_name"},
        {with("no colon\r\n"), "bad_field_name"},
        {with("nocolon\r\n"), "bad_field_name"},
        {with("\xC3\xA9: b\r\n"), "bad_field_name"},
        {with("(x): b\r\n"), "bad_field_name"},
        {with("\"x\": b\r\n"), "bad_field_name"},
    };
    for (const auto& [bytes, expected] : cases) {
        INFO("bytes <" << bytes << ">");
        CHECK(request(bytes) == expected);
    }
}

TEST_CASE("request lines have exactly one form", "[http][head]") {
    const std::pair<std::string_view, std::string_view> cases[] = {
        {"GET  /", "bad_request_line"},
        {"GET  / HTTP/1.1", "bad_request_line"},
        {"GET\t/ HTTP/1.1", "bad_request_line"},
        {"GET /\tHTTP/1.1", "bad_request_line"},
        {"GET /  HTTP/1.1", "bad_request_line"},
        {"GET / HTTP/1.1 ", "bad_request_line"},
        {"GET /a b HTTP/1.1", "bad_request_line"},
        {" GET / HTTP/1.1", "not_http"},
        {"GET /", "bad_version"},
        {"GET", "bad_request_line"},
        {"GET / HTTP/0.9", "bad_version"},
        {"GET / HTTP/1.2", "bad_version"},
        {"GET / HTTP/2.0", "bad_version"},
        {"PRI * HTTP/2.0", "bad_version"},
        {"GET / HTTP/1.10", "bad_version"},
        {"GET / HTTP/11", "bad_version"},
        {"GET / http/1.1", "bad_request_line"},
        {"GET / HTTP/x.1", "bad_request_line"},
        {"GET / HTTPS/1.1", "bad_request_line"},
        {"G(T / HTTP/1.1", "bad_method"},
        {"G\xC3\xA9T / HTTP/1.1", "bad_method"},
        {"GET /\x80 HTTP/1.1", "bad_target"},
        {"GET /a#frag HTTP/1.1", "bad_target"},
        {"GET a HTTP/1.1", "bad_target"},
        {"GET * HTTP/1.1", "bad_target"},
        {"GET ?q HTTP/1.1", "bad_target"},
        {"GET ://h/ HTTP/1.1", "bad_target"},
        {"CONNECT / HTTP/1.1", "bad_target"},
        {"CONNECT a HTTP/1.1", "bad_target"},
        {"CONNECT a: HTTP/1.1", "bad_target"},
        {"CONNECT a:99999 HTTP/1.1", "bad_target"},
        {"GET http:///x HTTP/1.1", "bad_host"},
        {"GET http://u@a/x HTTP/1.1", "bad_host"},
        {"GET /\x01 HTTP/1.1", "control_byte"},
    };
    for (const auto& [line, expected] : cases) {
        INFO("line <" << line << ">");
        CHECK(request(std::string(line) + "\r\nHost: a\r\n\r\n") == expected);
    }
}

TEST_CASE("a request names its host once and properly", "[http][head]") {
    CHECK(request("GET / HTTP/1.1\r\n\r\n") == "missing_host");
    CHECK(request("GET / HTTP/1.1\r\nHost: a\r\nHost: a\r\n\r\n") == "duplicate_host");
    CHECK(request("GET / HTTP/1.0\r\nHost: a\r\nhost: b\r\n\r\n") == "duplicate_host");
    for (const std::string_view host : {"a b", "a,b", "a/b", "u@a", "a:b", "a:1:2", "a:65536", ":80", "[::1", "[]", "[1]", "[::g]", "a?b",
                                        "a#b", "a\\b", "%zz", "\xC3\xA9"}) {
        INFO("host <" << host << ">");
        CHECK(request("GET / HTTP/1.1\r\nHost: " + std::string(host) + "\r\n\r\n") == "bad_host");
    }
    for (const std::string_view host : {"a", "a.b-c_d~e", "a:80", "a:", "127.0.0.1:1", "[::1]", "[fe80::1.2.3.4]:65535", "%41b", "xn--a"}) {
        INFO("host <" << host << ">");
        CHECK(request("GET / HTTP/1.1\r\nHost: " + std::string(host) + "\r\n\r\n").starts_with("GET /"));
    }
}

TEST_CASE("the authority of an absolute target wins over Host", "[http][head]") {
    const request_head h = parse_request_head("GET http://A.example:81/x?y HTTP/1.1\r\nHost: b\r\n\r\n");
    CHECK(h.form() == target_form::absolute);
    CHECK(h.authority() == "A.example:81");
    CHECK(h.path_and_query() == "/x?y");
    CHECK(h.headers().get("host") == "b"sv);
    CHECK(parse_request_head("GET http://a HTTP/1.1\r\nHost: a\r\n\r\n").path_and_query() == "/");
    CHECK(parse_request_head("GET http://a?q HTTP/1.1\r\nHost: a\r\n\r\n").path_and_query() == "?q");
    CHECK(parse_request_head("CONNECT a:1 HTTP/1.1\r\nHost: b\r\n\r\n").authority() == "a:1");
}

TEST_CASE("status lines have one form", "[http][head]") {
    CHECK(response("HTTP/1.1 200 OK\r\n\r\n") == "200 OK 1.1|body 3 0 close");
    CHECK(response("HTTP/1.1 200 \r\n\r\n") == "200  1.1|body 3 0 close");
    CHECK(response("HTTP/1.1 200\r\nContent-Length: 1\r\n\r\n") == "200  1.1|Content-Length=1|body 1 1 keep");
    CHECK(response("HTTP/1.1 999 a  b\tc\r\nContent-Length: 1\r\n\r\n") == "999 a  b\tc 1.1|Content-Length=1|body 1 1 keep");
    const std::pair<std::string_view, std::string_view> cases[] = {
        {"HTTP/1.1 099 x", "bad_status"},
        {"HTTP/1.1 000 x", "bad_status"},
        {"HTTP/1.1 99 x", "bad_status"},
        {"HTTP/1.1 2000 x", "bad_status"},
        {"HTTP/1.1 2x0 x", "bad_status"},
        {"HTTP/1.1 +20 x", "bad_status"},
        {"HTTP/1.1  200 x", "bad_status"},
        {"HTTP/1.1\t200 x", "bad_status_line"},
        {"HTTP/1.1 200\tx", "bad_status_line"},
        {"HTTP/1.1", "bad_status_line"},
        {"HTTP/1.1 20", "bad_status_line"},
        {"HTTP/2.0 200 x", "bad_version"},
        {"HTTP/2 200 x", "bad_version"},
        {"HTTP/1.2 200 x", "bad_version"},
        {"HTTP/0.9 200 x", "bad_version"},
        {"http/1.1 200 x", "not_http"},
        {"ICY 200 OK", "not_http"},
        {"SSH-2.0-x", "not_http"},
        {"HTTP/1.1 200 a\x01", "control_byte"},
        {"HTTP/1.1 200 a\rb", "bare_carriage_return"},
        {" HTTP/1.1 200 x", "not_http"},
        {"\x15\x03\x03", "not_http"},
    };
    for (const auto& [line, expected] : cases) {
        INFO("line <" << line << ">");
        CHECK(response(std::string(line) + "\r\nContent-Length: 0\r\n\r\n") == expected);
    }
    CHECK(response("\r\nHTTP/1.1 200 OK\r\n\r\n") == "not_http");
    CHECK(response("HTTP/1.1 200 OK\n\n") == "bare_line_feed");
}

TEST_CASE("the body of a response is framed by RFC 9112 section 6.3", "[http][head]") {
    const auto framing = [](std::string_view status, std::string_view lines, std::string_view method = "GET") {
        const response_head h = parse_response_head("HTTP/1.1 " + std::string(status) + " x\r\n" + std::string(lines) + "\r\n", method);
        static constexpr const char* names[] = {"none", "length", "chunked", "eof", "tunnel"};
        std::string out = names[static_cast<int>(h.body().kind)];
        if (h.body().kind == body_kind::content_length) out += " " + std::to_string(h.body().length);
        return out + (h.keep_alive() ? " keep" : " close");
    };
    CHECK(framing("200", "Content-Length: 5\r\n") == "length 5 keep");
    CHECK(framing("200", "Content-Length: 5\r\nConnection: close\r\n") == "length 5 close");
    CHECK(framing("200", "Transfer-Encoding: chunked\r\n") == "chunked keep");
    CHECK(framing("200", "") == "eof close");
    CHECK(framing("200", "Connection: keep-alive\r\n") == "eof close");
    CHECK(framing("200", "Transfer-Encoding: identity\r\n") == "eof close");
    CHECK(framing("205", "Content-Length: 0\r\n") == "length 0 keep");
    for (const std::string_view lines : {"", "Content-Length: 5\r\n", "Transfer-Encoding: chunked\r\n"}) {
        INFO("lines <" << lines << ">");
        CHECK(framing("200", lines, "HEAD") == "none keep");
        CHECK(framing("404", lines, "HEAD") == "none keep");
        CHECK(framing("204", lines) == "none keep");
        CHECK(framing("304", lines) == "none keep");
        CHECK(framing("100", lines) == "none keep");
        CHECK(framing("103", lines) == "none keep");
        CHECK(framing("101", lines) == "tunnel close");
        CHECK(framing("200", lines, "CONNECT") == "tunnel close");
        CHECK(framing("299", lines, "CONNECT") == "tunnel close");
    }
    CHECK(framing("200", "Content-Length: 5\r\nTransfer-Encoding: chunked\r\n", "CONNECT") == "tunnel close");
    CHECK(framing("407", "Content-Length: 5\r\n", "CONNECT") == "length 5 keep");
    CHECK(framing("304", "Connection: close\r\n") == "none close");
    CHECK(parse_response_head("HTTP/1.1 100 x\r\n\r\n").is_interim());
    CHECK_FALSE(parse_response_head("HTTP/1.1 101 x\r\n\r\n").is_interim());
    CHECK(response("HTTP/1.0 200 x\r\nContent-Length: 5\r\n\r\n") == "200 x 1.0|Content-Length=5|body 1 5 close");
    CHECK(response("HTTP/1.0 200 x\r\nContent-Length: 5\r\nConnection: Keep-Alive\r\n\r\n") ==
          "200 x 1.0|Content-Length=5|Connection=Keep-Alive|body 1 5 keep");
    CHECK(response("HTTP/1.0 200 x\r\nTransfer-Encoding: chunked\r\n\r\n") == "transfer_encoding_in_http_1_0");
    CHECK(response("HTTP/1.1 200 x\r\nContent-Length: 5\r\nTransfer-Encoding: chunked\r\n\r\n") == "length_and_chunked");
    CHECK(response("HTTP/1.1 200 x\r\nTransfer-Encoding: gzip, chunked\r\n\r\n") == "bad_transfer_encoding");
    CHECK(response("HTTP/1.1 200 x\r\nTransfer-Encoding: gzip\r\n\r\n") == "bad_transfer_encoding");
    CHECK(response("HTTP/1.1 200 x\r\nContent-Length: 5\r\nContent-Length: 7\r\n\r\n") == "duplicate_content_length");
}

TEST_CASE("limits hold to the byte and the line, however the head arrives", "[http][head]") {
    const std::string head = "GET / HTTP/1.1\r\nHost: a\r\nX: 1\r\n\r\n";
    CHECK(receive(head_kind::request, head, head_limits(head.size(), 2)).starts_with("GET"));
    CHECK(receive(head_kind::request, head + "body", head_limits(head.size(), 2)).starts_with("GET"));
    CHECK(receive(head_kind::request, head, head_limits(head.size() - 1, 2)) == "head_too_large");
    CHECK(receive(head_kind::request, head, head_limits(10, 2)) == "head_too_large");
    CHECK(receive(head_kind::request, head, head_limits(1000, 1)) == "too_many_fields");
    CHECK(receive(head_kind::request, head, head_limits(1000, 1000)).starts_with("GET"));
    std::string many = "GET / HTTP/1.1\r\nHost: a\r\n";
    for (int i = 0; i < 99; ++i) many += "x:\r\n";
    CHECK(request(many + "\r\n").starts_with("GET"));
    CHECK(request(many + "x:\r\n\r\n") == "too_many_fields");
    CHECK(parse_request_head(many + "x:\r\n\r\n", head_limits(16384, 500)).headers().size() == 101);
    // What never ends is refused as soon as it is too long.
    head_finder finder(head_kind::request);
    const std::string endless = "GET /" + std::string(2'000'000, 'a');
    CHECK_FALSE(finder.find_end(std::string_view(endless).substr(0, 16384)));
    CHECK_THROWS_AS(finder.find_end(std::string_view(endless).substr(0, 16385)), message_error);
    CHECK(receive(head_kind::request, std::string(20000, '\r').append("\n"), 20001) == "bare_carriage_return");
    std::string newlines;
    for (int i = 0; i < 10000; ++i) newlines += "\r\n";
    CHECK(receive(head_kind::request, newlines, 4096) == "head_too_large");
}

TEST_CASE("an end of the connection inside a head is an error, between heads it is none", "[http][head]") {
    CHECK(request("GET / HTTP/1.1\r\nHost: a\r\n\r") == "truncated_head");
    CHECK(request("G") == "truncated_head");
    CHECK(request("\r\n") == "nothing");
    CHECK(request("") == "nothing");
    head_finder finder(head_kind::response);
    CHECK(finder.idle());
    CHECK_FALSE(finder.find_end("HTTP/1.1 2"));
    CHECK_FALSE(finder.idle());
    finder.reset();
    CHECK(finder.idle());
    CHECK_NOTHROW(finder.finish());
    CHECK_THROWS_AS(parse_response_head("HTTP/1.1 200 OK\r\nA: b\r\n"), message_error);
    CHECK_THROWS_AS(parse_response_head(""), message_error);
}

TEST_CASE("every prefix of a head is incomplete, never an error", "[http][head]") {
    const std::string head = "HTTP/1.1 200 OK\r\nA: b\r\nContent-Length: 5\r\n\r\n";
    for (std::size_t n = 0; n < head.size(); ++n) {
        head_finder finder(head_kind::response);
        CHECK_FALSE(finder.find_end(std::string_view(head).substr(0, n)));
    }
    head_finder finder(head_kind::response);
    const auto found = finder.find_end(head + "body");
    REQUIRE(found);
    CHECK(found->begin == 0);
    CHECK(found->end == head.size());
}

TEST_CASE("errors show the offending bytes, escaped and cut, and the status to answer with", "[http][head]") {
    const auto message = [](std::string_view bytes) -> std::string {
        try {
            (void)parse_request_head(bytes);
        } catch (const message_error& e) {
            return std::to_string(e.status()) + " " + e.what();
        }
        return "accepted";
    };
    CHECK_THAT(message("GET / HTTP/1.1\r\nHost: a\r\nX\x01y: 1\r\n\r\n"), Contains("400") && Contains("0x01") && Contains("X\\x01y: 1"));
    CHECK_THAT(message("GET / HTTP/3.0\r\n\r\n"), Contains("505"));
    CHECK_THAT(message("GET / HTTP/1.1\r\nHost: a\r\nX: " + std::string(20000, 'a') + "\r\n\r\n"), Contains("431") && Contains("16384"));
    CHECK(message("GET / HTTP/1.1\r\n" + std::string(9000, 'a') + "\r\n\r\n").size() < 200);
    CHECK(kind_of("GET / HTTP/1.1\r\nHost: a\r\n\r") == parse_error::truncated_head);
    CHECK_THROWS_AS(parse_request_head("GET / HTTP/1.1\r\nHost: a\r\n\r\nX"), std::invalid_argument);
    head_finder tls(head_kind::request);
    CHECK_THROWS_WITH(tls.find_end("\x16\x03\x01\x02"), Contains("TLS"));
}
