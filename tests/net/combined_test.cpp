// Streams and listeners under the runtime's combinators.
#include "net/pair.hpp"
#include "support/test.hpp"

#include <algorithm>
#include <chrono>
#include <stdexcept>
#include <string>
#include <variant>
#include <vector>

using namespace gyre;
using namespace std::chrono_literals;
using test::error_of;
using test::make_tcp_pair;

GYRE_TEST("a read under a time limit ends with a time-out and loses nothing", "[stream]") {
    auto pair = co_await make_tcp_pair();
    char buffer[100];
    const test::wall_stopwatch watch;
    co_await error_of<timeout_error>(wait_for(pair.client.read_some(buffer), 20ms));
    CHECK(watch.elapsed() >= 20ms);
    co_await error_of<timeout_error>(wait_for(pair.client.read_line(), 1ms));
    co_await pair.server.write_all("late");
    co_await error_of<timeout_error>(wait_for(pair.client.read_line(), 10ms));
    co_await pair.server.write_all("r\n");
    const auto line = co_await wait_for(pair.client.read_line(), 10s);
    CHECK(line == "later");
}

GYRE_TEST("awaiters of a stream may be kept by a combinator", "[stream]") {
    auto pair = co_await make_tcp_pair();
    char into[5];
    co_await wait_for(pair.client.write_all("he", "llo"), 10s);
    co_await wait_for(pair.server.read_exactly(into), 10s);
    CHECK(std::string_view(into, 5) == "hello");
    const std::vector<net::const_buffer> pieces{"a", "bc"};
    co_await wait_for(pair.client.write_all(pieces), 10s);
    co_await wait_for(pair.client.write_all("d"), 10s);
    const std::size_t wrote = co_await wait_for(pair.client.write_some("e"), 10s);
    CHECK(wrote == 1);
    co_await wait_for(pair.client.shutdown_write(), 10s);
    const std::string rest = co_await wait_for(pair.server.read_all(), 10s);
    CHECK(rest == "abcde");
    co_await wait_for(pair.server.close(), 10s);
    CHECK_FALSE(pair.server);
}

GYRE_TEST("an accept under a time limit leaves the connection to the next", "[listener]") {
    net::listener l = net::listen("127.0.0.1", 0);
    co_await error_of<timeout_error>(wait_for(l.accept(), 10ms));
    net::stream c = co_await net::connect(l.local_address());
    net::stream s = co_await wait_for(l.accept(), 10s);
    CHECK(s.remote_address() == c.local_address());
    co_await error_of<timeout_error>(wait_for(l.next(), 10ms));
}

GYRE_TEST("the loser of a race between two streams has lost no byte", "[stream]") {
    auto fast = co_await make_tcp_pair();
    auto slow = co_await make_tcp_pair();
    co_await fast.server.write_all("fast\n");
    auto line_of = [](net::stream& s) -> task<std::string> {
        const auto line = co_await s.read_line();
        co_return line.value_or("");
    };
    auto first = co_await race(line_of(fast.client), line_of(slow.client));
    CHECK(first.index() == 0);
    co_await slow.server.write_all("slow\n");
    const std::string other = co_await line_of(slow.client);
    CHECK(other == "slow");
}

GYRE_TEST("with() closes a stream and a listener, whatever happens", "[stream]") {
    net::listener l = net::listen("127.0.0.1", 0);
    const net::address at = l.local_address();
    net::stream other;
    auto body = [&](net::stream& s) -> task<int> {
        other = co_await l.accept();
        co_await s.write_all("x");
        throw std::runtime_error("body failed");
    };
    co_await error_of<std::runtime_error>(with(net::connect(at), body));
    const std::string got = co_await other.read_all();
    CHECK(got == "x");
    auto nothing = [](net::listener&) -> task<> { co_return; };
    co_await with(l, nothing);
    CHECK_FALSE(l);
    co_await error_of<net::connect_error>(net::connect(at));
}

GYRE_TEST_VIRTUAL("many clients at once, each under a limit of its own", "[connect]") {
    net::listener l = net::listen("127.0.0.1", 0);
    auto answering = [](net::stream s, bool silent) -> task<> {
        const auto line = co_await s.read_line();
        if (!silent && line) co_await s.write_all(*line, "!\n");
        char byte = 0;
        co_await s.read_some(&byte, 1);
    };
    auto serving = [&answering](net::listener& from) -> task<> {
        for (int i = 0;; ++i) {
            auto s = co_await from.next();
            if (!s) break;
            spawn(answering(std::move(*s), i % 2 == 1));
        }
    };
    auto server = spawn(serving(l));
    auto client = [](net::address to) -> task<bool> {
        net::stream s = co_await net::connect(to);
        co_await s.write_all("hello\n");
        bool answered = false;
        try {
            const auto line = co_await wait_for(s.read_line(), 10s);
            answered = line == "hello!";
        } catch (const timeout_error&) {
        }
        co_await s.close();
        co_return answered;
    };
    std::vector<task<bool>> clients;
    for (int i = 0; i < 100; ++i) clients.push_back(client(l.local_address()));
    const auto answered = co_await gather(std::move(clients));
    CHECK(std::count(answered.begin(), answered.end(), true) == 50);
    co_await l.close();
    co_await server;
}
