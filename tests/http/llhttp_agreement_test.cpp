// ctest: backend=none
#include "llhttp_opinion.hpp"

#include <catch2/catch.hpp>

#include <string>
#include <vector>

namespace {

using namespace gyre::http;

std::vector<std::string> header_lines() {
    return {
        "",
        "Content-Length: 5\r\n",
        "Content-Length: 010\r\n",
        "Content-Length:5 \r\n",
        "Content-Length: 0\r\n",
        "Content-Length: 5\r\nContent-Length: 5\r\n",
        "Content-Length: 5, 5\r\n",
        "Content-Length: +5\r\n",
        "Content-Length: 18446744073709551616\r\n",
        "Transfer-Encoding: chunked\r\n",
        "Transfer-Encoding: CHUNKED \r\n",
        "Transfer-Encoding: chunked, chunked\r\n",
        "Transfer-Encoding: xchunked\r\n",
        "Transfer-Encoding: gzip, chunked\r\n",
        "Transfer-Encoding: chunked\r\nContent-Length: 5\r\n",
        "Connection: close\t\r\n",
        "Connection: keep-alive, upgrade\r\nUpgrade: x\r\n",
        "X: a\r\n Content-Length: 5\r\n",
        "X:\rTransfer-Encoding: chunked\r\n",
        "X: a\nContent-Length: 5\r\n",
        "X : a\r\n",
        ": a\r\n",
        "X: \x80\xFF\r\n",
        "X: \x01\r\n",
        "Content-Length : 5\r\n",
        "Content_Length: 5\r\n",
    };
}

}  // namespace

TEST_CASE("what the head guard takes, strict llhttp frames the same way", "[http][head][llhttp]") {
    int taken = 0;
    for (const std::string& lines : header_lines()) {
        for (const char* start : {"GET / HTTP/1.1\r\nHost: a\r\n", "POST /x?y HTTP/1.1\r\nHost: a:1\r\n", "PUT http://a/ HTTP/1.0\r\n",
                                  "CONNECT a:1 HTTP/1.1\r\nHost: a:1\r\n"}) {
            const std::string bytes = start + lines + "\r\n";
            INFO("request <" << bytes << ">");
            try {
                const request_head head = parse_request_head(bytes);
                ++taken;
                CHECK(opinion::disagreement(bytes, head, HTTP_REQUEST) == "");
            } catch (const message_error&) {
            }
        }
        for (const char* start :
             {"HTTP/1.1 200 OK\r\n", "HTTP/1.1 200 \r\n", "HTTP/1.1 404\r\n", "HTTP/1.0 200 OK\r\n", "HTTP/1.1 304 x\r\n"}) {
            const std::string bytes = start + lines + "\r\n";
            INFO("response <" << bytes << ">");
            try {
                const response_head head = parse_response_head(bytes);
                ++taken;
                CHECK(opinion::disagreement(bytes, head, HTTP_RESPONSE) == "");
                CHECK(opinion::read(bytes, HTTP_RESPONSE).status == head.status());
            } catch (const message_error&) {
            }
        }
    }
    CHECK(taken > 60);
}

TEST_CASE("what llhttp 8.1 lets through, the guard stops", "[http][head][llhttp][smuggling]") {
    // Each of these was accepted by a strictly built llhttp 8.1.0 and hides or moves the end of a message.
    for (const char* bytes :
         {"GET / HTTP/1.1\r\nHost: a\r\n Content-Length: 5\r\n\r\n", "POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding:\r\n chunked\r\n\r\n",
          "GET / HTTP/1.1\nHost: a\r\n\r\n", "GET / HTTP/1.1\r\nHost: a\r\n: b\r\n\r\n", "GET / HTTP/1.1\r\n\r\n",
          "GET / HTTP/1.1\r\nHost: a\r\nHost: b\r\n\r\n", "POST / HTTP/1.0\r\nTransfer-Encoding: chunked\r\n\r\n",
          "POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: gzip, chunked\r\n\r\n", "GET /#frag HTTP/1.1\r\nHost: a\r\n\r\n",
          "GET / HTTP/2.0\r\nHost: a\r\n\r\n"}) {
        INFO("request <" << bytes << ">");
        CHECK_THROWS_AS(parse_request_head(bytes), message_error);
    }
}
