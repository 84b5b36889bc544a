// ctest: backend=none
#include <netinet/in.h>
#include <gyre/net/address.hpp>

#include <catch2/catch.hpp>
#include <stdexcept>
#include <string>
#include <unordered_set>

using gyre::net::address;
using gyre::net::family;

TEST_CASE("an address is read and written back in its canonical form", "[address]") {
    struct row {
        const char* text;
        const char* host;
        const char* with_port;
    };
    const row rows[] = {
        {"127.0.0.1", "127.0.0.1", "127.0.0.1:80"},
        {"255.255.255.255", "255.255.255.255", "255.255.255.255:80"},
        {"::1", "::1", "[::1]:80"},
        {"[::1]", "::1", "[::1]:80"},
        {"2001:0DB8:0:0:0:0:0:1", "2001:db8::1", "[2001:db8::1]:80"},
        {"::ffff:192.0.2.1", "::ffff:192.0.2.1", "[::ffff:192.0.2.1]:80"},
        {"fe80::1%1", nullptr, nullptr},
    };
    for (const row& r : rows) {
        INFO(r.text);
        const auto parsed = address::parse(r.text, 80);
        REQUIRE(parsed);
        CHECK(parsed->port() == 80);
        if (r.host == nullptr) continue;
        CHECK(parsed->host() == r.host);
        CHECK(parsed->to_string() == r.with_port);
        CHECK(address::parse_with_port(r.with_port) == parsed);
        CHECK(address(parsed->data(), parsed->size()) == *parsed);
    }
}

TEST_CASE("what is no literal is no address", "[address]") {
    for (const char* text : {"", "localhost", "127.1", "2130706433", "0x7f.0.0.1", "1.2.3.256", "1.2.3.4.5", "01.2.3.4 ", "[127.0.0.1]",
                             "[]", "::1::", "12345::", "fe80::1%no-such-interface", "[::1", "::1]"}) {
        INFO(text);
        CHECK_FALSE(address::parse(text));
    }
    CHECK_FALSE(address::parse(std::string("127.0.0.1\0x", 11)));
    for (const char* text : {"127.0.0.1", "127.0.0.1:", "127.0.0.1:65536", "127.0.0.1:-1", "127.0.0.1:8x", "::1:80", "name:80", ":80"}) {
        INFO(text);
        CHECK_FALSE(address::parse_with_port(text));
    }
}

TEST_CASE("an address knows its family and kind", "[address]") {
    CHECK(address().family() == family::any);
    CHECK(address().to_string().empty());
    CHECK(address::parse("127.5.5.5")->is_loopback());
    CHECK(address::parse("::1")->is_loopback());
    CHECK(address::parse("::ffff:127.0.0.1")->is_loopback());
    CHECK_FALSE(address::parse("128.0.0.1")->is_loopback());
    CHECK_FALSE(address::parse("::2")->is_loopback());
    CHECK(address::parse("0.0.0.0")->is_unspecified());
    CHECK(address::parse("::")->is_unspecified());
    CHECK_FALSE(address::parse("::1")->is_unspecified());
    CHECK(address::parse("::1", 5)->with_port(6) == *address::parse("::1", 6));
    CHECK(address::parse("1.2.3.4", 5)->with_port(6).port() == 6);
}

TEST_CASE("Unix addresses are paths or abstract names", "[address]") {
    const address path = address::local("/run/app.socket");
    CHECK(path.is_local());
    CHECK(path.host() == "/run/app.socket");
    CHECK(path.port() == 0);
    CHECK(path.with_port(5) == path);
    CHECK(address(path.data(), path.size()).host() == path.host());

    const address named = address::local("@app");
    CHECK(named.host() == "@app");
    CHECK(named == address::local(std::string_view("\0app", 4)));
    CHECK(named != address::local("@app2"));
    CHECK(address::local("./@app").host() == "./@app");

    CHECK(address::local(std::string(107, 'x')).host().size() == 107);
    CHECK_THROWS_AS(address::local(std::string(108, 'x')), std::invalid_argument);
    CHECK(address::local("@" + std::string(107, 'x')).host().size() == 108);
    CHECK_THROWS_AS(address::local(""), std::invalid_argument);
    CHECK_THROWS_AS(address::local(std::string_view("a\0b", 3)), std::invalid_argument);
}

TEST_CASE("equal addresses hash alike, whatever the flow label", "[address]") {
    sockaddr_in6 in{};
    in.sin6_family = AF_INET6;
    in.sin6_addr = in6addr_loopback;
    in.sin6_flowinfo = 7;
    const address labelled(reinterpret_cast<const sockaddr*>(&in), sizeof in);
    const address plain = *address::parse("::1");
    CHECK(labelled == plain);
    CHECK(labelled.hash() == plain.hash());
    const std::unordered_set<address> set{labelled, plain, *address::parse("127.0.0.1")};
    CHECK(set.size() == 2);
}

TEST_CASE("a socket address of another family, or a cut one, is refused", "[address]") {
    sockaddr_in in{};
    in.sin_family = AF_INET;
    CHECK_THROWS_AS(address(reinterpret_cast<const sockaddr*>(&in), 4), std::invalid_argument);
    in.sin_family = AF_PACKET;
    CHECK_THROWS_AS(address(reinterpret_cast<const sockaddr*>(&in), sizeof in), std::invalid_argument);
}
