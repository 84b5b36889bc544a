#include "net/pair.hpp"
#include "support/test.hpp"

#include <fcntl.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/socket.h>

#include <cstring>
#include <string>
#include <vector>

using namespace gyre;
using test::make_tcp_pair;

namespace {

task<std::size_t> echo(net::stream& s) {
    char buffer[1000];
    std::size_t all = 0;
    while (true) {
        const std::size_t n = co_await s.read_some(buffer);
        if (n == 0) break;
        co_await s.write_all(net::const_buffer(buffer, n));
        all += n;
    }
    co_await s.shutdown_write();
    co_return all;
}

std::string pattern(std::size_t size) {
    std::string text(size, '\0');
    for (std::size_t i = 0; i < size; ++i) text[i] = static_cast<char>(i * 7 + i / 251);
    return text;
}

task<> write_and_end(net::stream& s, const std::string& data) {
    co_await s.write_all(data);
    co_await s.shutdown_write();
}

int option(const net::stream& s, int level, int name) {
    int value = -1;
    socklen_t size = sizeof value;
    if (::getsockopt(s.native_handle(), level, name, &value, &size) != 0) return -1;
    return value;
}

}  // namespace

GYRE_TEST("what is written comes back from an echo, whole and in order", "[stream]") {
    auto pair = co_await make_tcp_pair();
    auto echoing = spawn(echo(pair.server));
    const std::string sent = pattern(3'000'000);
    auto writing = spawn(write_and_end(pair.client, sent));
    const std::string got = co_await pair.client.read_all();
    const std::size_t echoed = co_await echoing;
    co_await writing;
    CHECK(echoed == sent.size());
    CHECK(got == sent);
}

GYRE_TEST("after shutdown_write the peer reads the end, and the other direction goes on", "[stream]") {
    auto pair = co_await make_tcp_pair();
    co_await pair.client.write_all("question");
    co_await pair.client.shutdown_write();
    const std::string question = co_await pair.server.read_all();
    CHECK(question == "question");
    co_await pair.server.write_all("answer");
    co_await pair.server.close();
    const std::string answer = co_await pair.client.read_all();
    CHECK(answer == "answer");
    char byte = 0;
    const std::size_t at_end = co_await pair.client.read_some(&byte, 1);
    CHECK(at_end == 0);
    CHECK(pair.client);
    CHECK_FALSE(pair.server);
}

GYRE_TEST("several buffers go out in one operation, empty ones among them", "[stream]") {
    auto pair = co_await make_tcp_pair();
    const std::string head = "HTTP/1.1 200 OK\r\n\r\n";
    const std::string body = pattern(1000);
    const std::uint64_t before = event_loop::current().stats().operations;
    co_await pair.client.write_all(head, body);
    CHECK(event_loop::current().stats().operations == before + 1);
    co_await pair.client.write_all("", body, "tail");
    co_await pair.client.write_all("", "");
    const std::vector<net::const_buffer> none;
    co_await pair.client.write_all(none);
    const std::vector<net::const_buffer> pieces{"x", "", "yz", body};
    co_await pair.client.write_all(pieces);
    co_await pair.client.close();
    const std::string got = co_await pair.server.read_all();
    CHECK(got == head + body + body + "tail" + "xyz" + body);
}

GYRE_TEST("a gathered write that the socket takes in parts arrives whole", "[stream]") {
    auto pair = co_await make_tcp_pair();
    pair.client.set_send_buffer(4096);
    std::vector<std::string> parts;
    std::vector<net::const_buffer> pieces;
    std::string all;
    for (std::size_t i = 0; i < 3000; ++i) parts.push_back(pattern(i % 700));
    for (const std::string& p : parts) {
        pieces.emplace_back(p);
        all += p;
    }
    auto sending = [](net::stream& s, std::span<const net::const_buffer> data) -> task<> {
        co_await s.write_all(data);
        co_await s.shutdown_write();
    };
    auto writing = spawn(sending(pair.client, pieces));
    const std::string got = co_await pair.server.read_all();
    co_await writing;
    CHECK(got == all);
}

GYRE_TEST("read_exactly waits for all of it, across many small writes", "[stream]") {
    auto pair = co_await make_tcp_pair();
    auto dripping = [](net::stream& s) -> task<> {
        for (int i = 0; i < 200; ++i) {
            co_await s.write_all("abcde");
            co_await yield();
        }
    };
    auto writing = spawn(dripping(pair.client));
    char into[900];
    co_await pair.server.read_exactly(into);
    CHECK(std::string_view(into, 10) == "abcdeabcde");
    const std::string rest = co_await pair.server.read_exactly(100);
    CHECK(rest.size() == 100);
    CHECK(rest.substr(95) == "abcde");
    co_await writing;
}

GYRE_TEST("read_exactly of a stream that ends early says how much came", "[stream]") {
    auto pair = co_await make_tcp_pair();
    co_await pair.client.write_all("abc");
    co_await pair.client.close();
    const auto caught = co_await test::error_of<net::incomplete_read_error>(pair.server.read_exactly(5));
    CHECK(caught.partial() == "abc");
    CHECK(caught.code() == net::errc::end_of_stream);
    CHECK_THAT(caught.what(), Catch::Contains("3 of the 5 bytes") && Catch::Contains(pair.server.remote_address().to_string()));
}

GYRE_TEST("nothing asked for is nothing read, and not the end", "[stream]") {
    auto pair = co_await make_tcp_pair();
    const std::size_t none = co_await pair.client.read_some(nullptr, 0);
    CHECK(none == 0);
    co_await pair.client.read_exactly(nullptr, 0);
    co_await pair.client.write_all("");
    const std::size_t wrote = co_await pair.client.write_some("");
    CHECK(wrote == 0);
    co_await pair.server.write_all("x");
    char byte = 0;
    const std::size_t one = co_await pair.client.read_some(&byte, 1);
    CHECK(one == 1);
}

GYRE_TEST("a plain read and write start one operation each and take nothing from the heap", "[stream]") {
    auto pair = co_await make_tcp_pair();
    char buffer[64];
    co_await pair.client.write_all("warm");
    co_await pair.server.read_some(buffer);
    const auto before = event_loop::current().stats();
    for (int i = 0; i < 10; ++i) {
        co_await pair.client.write_all("ping");
        co_await pair.server.read_some(buffer);
    }
    const auto after = event_loop::current().stats();
    CHECK(after.operations - before.operations == 20);
    CHECK(after.frames_bytes == before.frames_bytes);
}

GYRE_TEST("a stream knows both its ends", "[stream]") {
    auto pair = co_await make_tcp_pair();
    CHECK(pair.client.local_address() == pair.server.remote_address());
    CHECK(pair.client.remote_address() == pair.server.local_address());
    CHECK(pair.client.remote_address().is_loopback());
    const net::address was = pair.client.remote_address();
    co_await pair.client.close();
    CHECK(pair.client.remote_address() == was);
    CHECK(pair.client.native_handle() == -1);
    net::stream nothing;
    CHECK_FALSE(nothing);
    CHECK(nothing.remote_address().family() == net::family::any);
    co_await nothing.close();
}

GYRE_TEST("socket options reach the socket", "[stream]") {
    auto pair = co_await make_tcp_pair();
    CHECK(option(pair.client, IPPROTO_TCP, TCP_NODELAY) == 1);
    CHECK(option(pair.server, IPPROTO_TCP, TCP_NODELAY) == 1);
    pair.client.set_no_delay(false);
    CHECK(option(pair.client, IPPROTO_TCP, TCP_NODELAY) == 0);
    pair.client.set_keep_alive(true, std::chrono::seconds(7), std::chrono::milliseconds(1500), 3);
    CHECK(option(pair.client, SOL_SOCKET, SO_KEEPALIVE) == 1);
    CHECK(option(pair.client, IPPROTO_TCP, TCP_KEEPIDLE) == 7);
    CHECK(option(pair.client, IPPROTO_TCP, TCP_KEEPINTVL) == 2);
    CHECK(option(pair.client, IPPROTO_TCP, TCP_KEEPCNT) == 3);
    pair.client.set_receive_buffer(20'000);
    CHECK(option(pair.client, SOL_SOCKET, SO_RCVBUF) >= 20'000);
    co_await pair.client.close();
    CHECK_THROWS_AS(pair.client.set_no_delay(true), net::error);
}

GYRE_TEST("every socket is close-on-exec", "[stream]") {
    net::listener listening = net::listen("127.0.0.1", 0);
    net::stream client = co_await net::connect(listening.local_address());
    net::stream server = co_await listening.accept();
    for (const int fd : {listening.native_handle(), client.native_handle(), server.native_handle()})
        CHECK((::fcntl(fd, F_GETFD) & FD_CLOEXEC) != 0);
}

GYRE_TEST("a stream may be moved while another task reads from it", "[stream]") {
    auto pair = co_await make_tcp_pair();
    auto reading = [](net::stream& s) -> task<std::string> { co_return co_await s.read_exactly(5); };
    auto reader = spawn(reading(pair.client));
    co_await yield();
    net::stream moved = std::move(pair.client);
    co_await pair.server.write_all("hello");
    const std::string got = co_await reader;
    CHECK(got == "hello");
    CHECK(moved);
}

GYRE_TEST("adopt takes over a connected socket, also a non-blocking one, and refuses others", "[stream]") {
    int fds[2] = {-1, -1};
    REQUIRE(::socketpair(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0, fds) == 0);
    net::stream a = net::stream::adopt(fds[0]);
    net::stream b = net::stream::adopt(fds[1]);
    auto reading = [](net::stream& s) -> task<std::string> { co_return co_await s.read_exactly(2); };
    auto reader = spawn(reading(a));
    co_await yield();
    co_await b.write_all("ok");
    const std::string got = co_await reader;
    CHECK(got == "ok");

    CHECK_THROWS_AS(net::stream::adopt(-1), net::error);
    const int unconnected = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    CHECK_THROWS_AS(net::stream::adopt(unconnected), net::error);
    const int datagram = ::socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);
    CHECK_THROWS_AS(net::stream::adopt(datagram), net::error);
}

TEST_CASE("a stream that outlives its loop closes its socket without it", "[stream]") {
    const auto before = test::open_file_descriptors();
    {
        net::stream kept;
        event_loop loop(test::options());
        auto body = [](net::stream& out) -> task<> {
            auto [a, b] = net::connected_pair();
            out = std::move(a);
            co_return;
        };
        loop.run_until_complete(body(kept));
        CHECK(kept);
        loop.close();
        CHECK(kept.native_handle() >= 0);
    }
    CHECK(test::opened_since(before).empty());
}

TEST_CASE("streams that a paused loop's tasks use are closed when the loop is", "[stream]") {
    const auto before = test::open_file_descriptors();
    {
        event_loop loop(test::options());
        auto waiting = [](net::stream s) -> task<> {
            char byte = 0;
            co_await s.read_some(&byte, 1);
        };
        auto body = [&waiting](net::stream& out) -> task<> {
            auto pair = net::connected_pair();
            spawn(waiting(std::move(pair.first)));
            out = std::move(pair.second);
            co_await yield();
            co_await yield();
        };
        net::stream other;
        loop.run_until_complete(body(other));
        // Closed while its loop does not run, with the peer's read in flight.
        other = net::stream();
        loop.close();
    }
    CHECK(test::opened_since(before).empty());
}
