#include "net/pair.hpp"
#include "support/test.hpp"

#include <algorithm>
#include <set>
#include <string>
#include <vector>

using namespace gyre;
using test::error_of;

GYRE_TEST("port 0 finds a free port, and the listener says which", "[listener]") {
    net::listener l = net::listen("127.0.0.1", 0);
    CHECK(l.local_address().host() == "127.0.0.1");
    CHECK(l.local_address().port() != 0);
    net::listener by_name = net::listen("localhost", 0);
    CHECK(by_name.local_address().is_loopback());
    co_return;
}

GYRE_TEST("listening everywhere takes IPv4 and IPv6 alike", "[listener]") {
    net::listener l = net::listen("", 0);
    CHECK(l.local_address().is_unspecified());
    net::stream four = co_await net::connect("127.0.0.1", l.local_address().port());
    net::stream at_four = co_await l.accept();
    CHECK(at_four.remote_address().is_loopback());
    if (l.local_address().is_ipv6()) {
        net::stream six = co_await net::connect("::1", l.local_address().port());
        net::stream at_six = co_await l.accept();
        CHECK(at_six.remote_address() == six.local_address());
        net::listen_options strict;
        strict.v6_only = true;
        net::listener only_six = net::listen("::", 0, strict);
        co_await error_of<net::connect_error>(net::connect("127.0.0.1", only_six.local_address().port()));
    }
}

GYRE_TEST("a port that is taken is an error with the address and the cure", "[listener]") {
    net::listener first = net::listen("127.0.0.1", 0);
    const net::address taken = first.local_address();
    std::string said;
    try {
        net::listen(taken);
    } catch (const net::error& e) {
        CHECK(e.code() == std::errc::address_in_use);
        said = e.what();
    }
    CHECK_THAT(said, Catch::Contains(taken.to_string()) && Catch::Contains("another port"));
    // Closed, it is free at once.
    co_await first.close();
    net::listener again = net::listen(taken);
    CHECK(again.local_address() == taken);
}

GYRE_TEST("two listeners may share a port when both ask for it", "[listener]") {
    net::listen_options shared;
    shared.reuse_port = true;
    net::listener a = net::listen("127.0.0.1", 0, shared);
    net::listener b = net::listen("127.0.0.1", a.local_address().port(), shared);
    CHECK(a.local_address() == b.local_address());
    co_return;
}

GYRE_TEST("a host name, or an address of another machine, is refused with the reason", "[listener]") {
    CHECK_THROWS_WITH(net::listen("example.org", 0), Catch::Contains("example.org") && Catch::Contains("not an IP address"));
    CHECK_THROWS_WITH(net::listen("198.51.100.77", 0),
                      Catch::Contains("198.51.100.77") && Catch::Contains("not an address of this machine"));
    CHECK_THROWS_AS(net::listen(net::address()), std::invalid_argument);
    co_return;
}

GYRE_TEST("a listener is an async iterator that ends when it is closed", "[listener]") {
    STATIC_REQUIRE(async_iterator<net::listener>);
    net::listener l = net::listen("127.0.0.1", 0);
    auto serving = [](net::listener& from) -> task<int> {
        int served = 0;
        while (true) {
            auto s = co_await from.next();
            if (!s) break;
            co_await s->write_all("hello");
            ++served;
        }
        co_return served;
    };
    auto server = spawn(serving(l));
    for (int i = 0; i < 3; ++i) {
        net::stream c = co_await net::connect(l.local_address());
        const std::string got = co_await c.read_all();
        CHECK(got == "hello");
    }
    co_await l.close();
    const int served = co_await server;
    CHECK(served == 3);
    CHECK_FALSE(l);
    const auto after = co_await l.next();
    CHECK_FALSE(after);
}

GYRE_TEST("closing a listener ends an accept that waits, and refuses the next", "[listener]") {
    net::listener l = net::listen("127.0.0.1", 0);
    auto accepting = [](net::listener& from) -> task<> { co_await from.accept(); };
    auto first = spawn(accepting(l));
    auto second = spawn(accepting(l));
    co_await yield();
    co_await yield();
    co_await l.close();
    const auto one = co_await error_of<net::error>(std::move(first));
    const auto two = co_await error_of<net::error>(std::move(second));
    CHECK(one.code() == net::errc::closed);
    CHECK(two.code() == net::errc::closed);
    const auto late = co_await error_of<net::error>(l.accept());
    CHECK(late.code() == net::errc::closed);
    CHECK_THAT(late.what(), Catch::Contains(l.local_address().to_string()));
    net::listener nothing;
    const auto unbound = co_await error_of<net::error>(nothing.accept());
    CHECK(unbound.code() == net::errc::closed);
}

GYRE_TEST("several tasks may accept; each connection goes to one of them", "[listener]") {
    net::listener l = net::listen("127.0.0.1", 0);
    auto accepting = [](net::listener& from) -> task<std::uint16_t> {
        net::stream s = co_await from.accept();
        co_await s.write_all("x");
        co_return s.remote_address().port();
    };
    std::vector<future<std::uint16_t>> acceptors;
    for (int i = 0; i < 20; ++i) acceptors.push_back(spawn(accepting(l)));
    co_await yield();
    std::set<std::uint16_t> connected;
    for (int i = 0; i < 20; ++i) {
        net::stream c = co_await net::connect(l.local_address());
        char byte = 0;
        co_await c.read_exactly(&byte, 1);
        connected.insert(c.local_address().port());
    }
    std::set<std::uint16_t> accepted;
    for (auto& a : acceptors) {
        const std::uint16_t port = co_await a;
        accepted.insert(port);
    }
    CHECK(accepted == connected);
}

GYRE_TEST("a thousand connections at once are served", "[listener]") {
    net::listener l = net::listen("127.0.0.1", 0);
    auto echo = [](net::stream s) -> task<> {
        char buffer[100];
        while (true) {
            const std::size_t n = co_await s.read_some(buffer);
            if (n == 0) break;
            co_await s.write_all(net::const_buffer(buffer, n));
        }
    };
    auto serving = [&echo](net::listener& from) -> task<> {
        while (true) {
            auto s = co_await from.next();
            if (!s) break;
            spawn(echo(std::move(*s)));
        }
    };
    auto server = spawn(serving(l));
    auto client = [](net::address to, int id) -> task<int> {
        net::stream s = co_await net::connect(to);
        int right = 0;
        for (int i = 0; i < 5; ++i) {
            const std::string sent = std::to_string(id) + "/" + std::to_string(i) + "\n";
            co_await s.write_all(sent);
            const auto line = co_await s.read_line();
            if (line && *line + "\n" == sent) ++right;
        }
        co_return right;
    };
    constexpr int connections = 1000;
    std::vector<task<int>> clients;
    for (int i = 0; i < connections; ++i) clients.push_back(client(l.local_address(), i));
    const std::vector<int> right = co_await gather(std::move(clients));
    CHECK(std::count(right.begin(), right.end(), 5) == connections);
    co_await l.close();
    co_await server;
}
