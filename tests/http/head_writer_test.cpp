// ctest: backend=none
#include <gyre/http/message/head.hpp>
#include <gyre/http/message/head_writer.hpp>

#include <catch2/catch.hpp>

#include <string>

namespace {

using namespace gyre::http;
using Catch::Contains;

}  // namespace

TEST_CASE("heads are appended to one buffer", "[http][writer]") {
    std::string out = "before";
    const headers extra{{"Accept", "*/*"}, {"X-Empty", ""}};
    head_writer(out).request_line("POST", "/a?b").field("Host", "h:81").field("Content-Length", std::uint64_t{12}).fields(extra).end();
    CHECK(out == "beforePOST /a?b HTTP/1.1\r\nHost: h:81\r\nContent-Length: 12\r\nAccept: */*\r\nX-Empty: \r\n\r\n");
    out.clear();
    head_writer(out).status_line(404).end();
    CHECK(out == "HTTP/1.1 404 Not Found\r\n\r\n");
    out.clear();
    head_writer(out).status_line(200, "Fine", version::http_1_0).field("A", " b ").end();
    CHECK(out == "HTTP/1.0 200 Fine\r\nA: b\r\n\r\n");
    out.clear();
    head_writer(out).status_line(799).end();
    CHECK(out == "HTTP/1.1 799 \r\n\r\n");
}

TEST_CASE("no text of the user begins a new line", "[http][writer]") {
    std::string out = "kept";
    CHECK_THROWS_AS(head_writer(out).request_line("GET /x HTTP/1.1\r\nX:", "/"), header_error);
    CHECK_THROWS_AS(head_writer(out).request_line("", "/"), header_error);
    CHECK_THROWS_AS(head_writer(out).request_line("GET", "/ HTTP/1.1\r\nX: y"), header_error);
    CHECK_THROWS_AS(head_writer(out).request_line("GET", "/a b"), header_error);
    CHECK_THROWS_AS(head_writer(out).request_line("GET", "/a#b"), header_error);
    CHECK_THROWS_AS(head_writer(out).request_line("GET", "/\xC3\xA9"), header_error);
    CHECK_THROWS_AS(head_writer(out).request_line("GET", ""), header_error);
    CHECK_THROWS_AS(head_writer(out).status_line(200, "OK\r\nX: y"), header_error);
    CHECK_THROWS_AS(head_writer(out).status_line(99), header_error);
    CHECK_THROWS_AS(head_writer(out).status_line(1000), header_error);
    CHECK(out == "kept");
    CHECK_THROWS_WITH(head_writer(out).request_line("GET", "/").field("Cookie", "secret\nX: y"), Contains("Cookie") && !Contains("secret"));
    CHECK(out == "kept");
    CHECK_THROWS_AS(head_writer(out).request_line("GET", "/").field("A B", "c"), header_error);
    CHECK(out == "kept");
}

TEST_CASE("what the writer writes, the parser reads", "[http][writer]") {
    std::string out;
    const headers sent{{"Host", "example.org"}, {"X-Bytes", "\x80\xFF\t~"}, {"Set-Cookie", "a=1"}, {"Set-Cookie", "b=2"}};
    head_writer(out).request_line("DELETE", "/x?y=%20").fields(sent).end();
    const request_head h = parse_request_head(out);
    CHECK(h.method() == "DELETE");
    CHECK(h.target() == "/x?y=%20");
    REQUIRE(h.headers().size() == sent.size());
    for (std::size_t i = 0; i < sent.size(); ++i) {
        CHECK(h.headers()[i].name == sent[i].name);
        CHECK(h.headers()[i].value == sent[i].value);
    }
}
