// ctest: backend=none
// The parts of the server that need no loop: dates, media types, ranges, buffers.
#include <gyre/http/detail/receive_buffer.hpp>
#include <gyre/http/server/detail/byte_range.hpp>
#include <gyre/http/server/http_date.hpp>
#include <gyre/http/server/mime_types.hpp>

#include <catch2/catch.hpp>

#include <chrono>
#include <cstring>
#include <string>

namespace {

using namespace gyre::http;
using namespace std::chrono_literals;
using clock = std::chrono::system_clock;

clock::time_point at(long long seconds) { return clock::time_point(std::chrono::seconds(seconds)); }

}  // namespace

TEST_CASE("dates are written as HTTP wants them") {
    CHECK(http_date(at(784111777)) == "Sun, 06 Nov 1994 08:49:37 GMT");
    CHECK(http_date(at(784111777) + 999ms) == "Sun, 06 Nov 1994 08:49:37 GMT");
    CHECK(http_date(at(0)) == "Thu, 01 Jan 1970 00:00:00 GMT");
    CHECK(http_date(at(-1)) == "Wed, 31 Dec 1969 23:59:59 GMT");
    CHECK(http_date(at(951782400)) == "Tue, 29 Feb 2000 00:00:00 GMT");
    CHECK(http_date(at(4102444799)) == "Thu, 31 Dec 2099 23:59:59 GMT");
}

TEST_CASE("all three forms of dates are read") {
    CHECK(parse_http_date("Sun, 06 Nov 1994 08:49:37 GMT") == at(784111777));
    CHECK(parse_http_date("Sunday, 06-Nov-94 08:49:37 GMT") == at(784111777));
    CHECK(parse_http_date("Sun Nov  6 08:49:37 1994") == at(784111777));
    CHECK(parse_http_date("sun, 06 nov 1994 08:49:37 gmt") == at(784111777));
    CHECK(parse_http_date("Tue, 29 Feb 2000 23:59:60 GMT") == at(951868800));
    for (const long long seconds : {0LL, 1LL, 951782400LL, 1709164800LL, 4102444799LL})
        CHECK(parse_http_date(http_date(at(seconds))) == at(seconds));
    for (const char* bad : {"", "Sun", "now", "Sun, 06 Nov 1994 08:49:37", "Sun, 06 Nov 1994 08:49:37 PST", "Sun, 6 Nov 1994 08:49:37 GMT",
                            "Sun, 31 Feb 1994 08:49:37 GMT", "Sun, 06 Nov 1994 24:49:37 GMT", "Sun, 06 Nov 1994 08:61:37 GMT",
                            "Xyz, 06 Nov 1994 08:49:37 GMT", "Sun, 06 Nov 1994 08:49:37 GMT ", "Sun, 06 Nov -994 08:49:37 GMT",
                            "Sun, 06 Nov 99999 08:49:37 GMT", "784111777"}) {
        INFO(bad);
        CHECK_FALSE(parse_http_date(bad));
    }
}

TEST_CASE("a year of two digits is never far in the future") {
    const auto date = parse_http_date("Sunday, 06-Nov-70 08:49:37 GMT");
    REQUIRE(date);
    CHECK(*date < clock::now() + std::chrono::hours(24 * 366 * 51));
}

TEST_CASE("media types go by the extension") {
    CHECK(mime_type("index.html") == "text/html");
    CHECK(mime_type("/a/b.c/INDEX.HTM") == "text/html");
    CHECK(mime_type("x.tar.gz") == "application/gzip");
    CHECK(mime_type("app.webmanifest") == "application/manifest+json");
    CHECK(mime_type("a.3gp") == "video/3gpp");
    CHECK(mime_type("a.zst") == "application/zstd");
    CHECK(mime_type("font.woff2") == "font/woff2");
    for (const char* unknown :
         {"", "/", "html", "a.", ".html", "a.html/", "a.html/b", "a.unknown", "a.averyverylongextension", "a.h\xc3\xa4"}) {
        INFO(unknown);
        CHECK(mime_type(unknown) == "application/octet-stream");
    }
}

TEST_CASE("ranges of nothing are unsatisfiable, and none overflows") {
    using detail::byte_range;
    using detail::parse_range;
    CHECK(parse_range("bytes=0-", 0).what == byte_range::verdict::unsatisfiable);
    CHECK(parse_range("bytes=-1", 0).what == byte_range::verdict::unsatisfiable);
    CHECK(parse_range("bytes=18446744073709551615-18446744073709551616", 10).what == byte_range::verdict::unsatisfiable);
    const byte_range all = parse_range("BYTES= 0-18446744073709551615", 10);
    CHECK(all.what == byte_range::verdict::part);
    CHECK(all.begin == 0);
    CHECK(all.end == 10);
    for (const char* bad :
         {"", "bytes", "bytes=", "bytes=-", "bytes=--1", "bytes=+1-2", "bytes=1-2-3", "bytes=1 -2", "bytes=0x1-2", "items=0-1"})
        CHECK(parse_range(bad, 10).what == byte_range::verdict::whole);
}

TEST_CASE("a receive buffer keeps what was not consumed, in order, however it grows") {
    detail::receive_buffer buffer;
    std::string expected;
    std::string seen;
    unsigned random = 1;
    const auto next = [&](unsigned most) {
        random = random * 1103515245 + 12345;
        return (random >> 16) % most;
    };
    char letter = 'a';
    for (int step = 0; step < 3'000; ++step) {
        const gyre::net::mutable_buffer free = buffer.space(next(50) == 0 ? 20'000 : 1);
        REQUIRE(free.size() > 0);
        const std::size_t n = std::min<std::size_t>(free.size(), next(3000));
        for (std::size_t i = 0; i < n; ++i) {
            free.data()[i] = letter;
            expected += letter;
            letter = letter == 'z' ? 'a' : static_cast<char>(letter + 1);
        }
        buffer.commit(n);
        const std::size_t taken = std::min<std::size_t>(buffer.view().size(), next(4000));
        seen += buffer.view().substr(0, taken);
        buffer.consume(taken);
        if (next(10) == 0) buffer.shrink(2048);
    }
    seen += buffer.view();
    CHECK(seen == expected);
}
