#include "net/pair.hpp"
#include "support/test.hpp"

#include <string>

using namespace gyre;
using test::make_tcp_pair;

namespace {

// Sends byte by byte, so that every delimiter is cut wherever it can be.
task<> drip(net::stream& s, std::string text) {
    for (const char& c : text) {
        co_await s.write_all(net::const_buffer(&c, 1));
        co_await yield();
    }
    co_await s.shutdown_write();
}

}  // namespace

GYRE_TEST("lines come without their ends, the last one too, then nothing", "[stream]") {
    auto pair = co_await make_tcp_pair();
    co_await pair.client.write_all("one\ntwo\r\n\r\n\nth\rree\r\r\nlast");
    co_await pair.client.close();
    std::vector<std::string> lines;
    while (true) {
        auto line = co_await pair.server.read_line();
        if (!line) break;
        lines.push_back(*line);
    }
    CHECK(lines == std::vector<std::string>{"one", "two", "", "", "th\rree\r", "last"});
    const auto again = co_await pair.server.read_line();
    CHECK_FALSE(again);
}

GYRE_TEST("a delimiter is found wherever it is cut", "[stream]") {
    auto pair = co_await make_tcp_pair();
    auto dripping = spawn(drip(pair.client, "abaababab-abac!rest"));
    const std::string first = co_await pair.server.read_until("abab");
    CHECK(first == "abaabab");
    const std::string second = co_await pair.server.read_until("abac");
    CHECK(second == "ab-abac");
    const std::string third = co_await pair.server.read_until("!");
    CHECK(third == "!");
    const auto caught = co_await test::error_of<net::incomplete_read_error>(pair.server.read_until("!"));
    CHECK(caught.partial() == "rest");
    co_await dripping;
}

GYRE_TEST("what stands behind a line is there for every other read", "[stream]") {
    auto pair = co_await make_tcp_pair();
    co_await pair.client.write_all("line\nabcdefgh");
    const auto line = co_await pair.server.read_line();
    CHECK(line == "line");
    char two[2];
    const std::size_t n = co_await pair.server.read_some(two);
    CHECK(std::string_view(two, n) == "ab");
    // Partly from what is there, partly from the socket.
    co_await pair.client.write_all("ijkl");
    const std::string rest = co_await pair.server.read_exactly(10);
    CHECK(rest == "cdefghijkl");
}

GYRE_TEST("what is ready is read without an operation", "[stream]") {
    auto pair = co_await make_tcp_pair();
    co_await pair.client.write_all("a\nb\nc\nxyz");
    co_await pair.server.read_line();
    const std::uint64_t before = event_loop::current().stats().operations;
    co_await pair.server.read_line();
    co_await pair.server.read_line();
    char byte = 0;
    co_await pair.server.read_some(&byte, 1);
    co_await pair.server.read_exactly(2);
    CHECK(event_loop::current().stats().operations == before);
}

GYRE_TEST("a limit is exact, and passing it consumes nothing", "[stream]") {
    auto pair = co_await make_tcp_pair();
    co_await pair.client.write_all("12345678\n12345678\r\n123456789\nrest\n");
    const auto exact = co_await pair.server.read_line(8);
    CHECK(exact == "12345678");
    const auto exact_with_return = co_await pair.server.read_line(8);
    CHECK(exact_with_return == "12345678");
    const auto caught = co_await test::error_of<net::error>(pair.server.read_line(8));
    CHECK(caught.code() == net::errc::limit_exceeded);
    CHECK_THAT(caught.what(), Catch::Contains("8 bytes"));
    const auto whole = co_await pair.server.read_line();
    CHECK(whole == "123456789");
    const auto too_far = co_await test::error_of<net::error>(pair.server.read_until("\n", 4));
    CHECK(too_far.code() == net::errc::limit_exceeded);
    const std::string with_room = co_await pair.server.read_until("\n", 5);
    CHECK(with_room == "rest\n");
}

GYRE_TEST("a line without end stops at the limit and no later", "[stream]") {
    auto pair = co_await make_tcp_pair();
    auto flood = [](net::stream& s) -> task<> {
        const std::string block(10'000, 'x');
        try {
            while (true) co_await s.write_all(block);
        } catch (const net::error&) {
        }
    };
    auto flooding = spawn(flood(pair.client));
    const auto caught = co_await test::error_of<net::error>(pair.server.read_line());
    CHECK(caught.code() == net::errc::limit_exceeded);
    const auto too_much = co_await test::error_of<net::error>(pair.server.read_all(100'000));
    CHECK(too_much.code() == net::errc::limit_exceeded);
    pair.server.abort();
    co_await flooding;
}

GYRE_TEST("an empty delimiter is refused", "[stream]") {
    auto pair = co_await make_tcp_pair();
    co_await test::error_of<std::invalid_argument>(pair.server.read_until(""));
}
