#include "net/blackhole.hpp"
#include "net/pair.hpp"
#include "support/test.hpp"
#include "support/until.hpp"

#include <chrono>
#include <string>
#include <vector>

using namespace gyre;
using namespace std::chrono_literals;
using test::blackhole;
using test::error_of;

namespace {

// A port of this machine's that nobody listens on.
net::address refused(const char* host) {
    const net::listener l = net::listen(host, 0);
    return l.local_address();
}

bool has_ipv6() {
    try {
        net::listen("::1", 0);
        return true;
    } catch (const net::error&) {
        return false;
    }
}

}  // namespace

GYRE_TEST("a refused connection says where, why, and what to do", "[connect]") {
    const net::address nobody = refused("127.0.0.1");
    co_await yield();
    const auto by_host = co_await error_of<net::connect_error>(net::connect("127.0.0.1", nobody.port()));
    CHECK(by_host.code() == std::errc::connection_refused);
    CHECK_THAT(by_host.what(), Catch::Contains(nobody.to_string()) && Catch::Contains("refused") && Catch::Contains("server runs"));
    REQUIRE(by_host.attempts().size() == 1);
    CHECK(by_host.attempts().front().to == nobody);
    const auto by_name = co_await error_of<net::connect_error>(net::connect("localhost", nobody.port()));
    CHECK_THAT(by_name.what(), Catch::Contains("localhost:" + std::to_string(nobody.port())) && Catch::Contains(nobody.to_string()));
}

GYRE_TEST("a name that no host has is an error with the name", "[connect]") {
    const auto bad = co_await error_of<net::resolve_error>(net::connect("no such host", 80));
    CHECK(bad.code() == net::errc::bad_name);
    CHECK(bad.host() == "no such host");
    CHECK_THAT(bad.what(), Catch::Contains("'no such host'"));
}

GYRE_TEST("when one address refuses, the next is tried at once", "[connect]") {
    net::listener l = net::listen("127.0.0.1", 0);
    const std::vector<net::address> to{refused("127.0.0.1"), refused("127.0.0.1"), l.local_address()};
    co_await yield();
    net::connect_options patient;
    patient.attempt_delay = 30s;
    const test::wall_stopwatch watch;
    net::stream c = co_await net::connect(to, "test", patient);
    CHECK(watch.elapsed() < 10s);
    CHECK(c.remote_address() == l.local_address());
}

GYRE_TEST("when one address is silent, the next is tried beside it", "[connect]") {
    blackhole silent;
    net::listener l = net::listen("127.0.0.1", 0);
    const std::vector<net::address> to{silent.address(), l.local_address()};
    net::connect_options options;
    options.attempt_delay = 50ms;
    const test::wall_stopwatch watch;
    net::stream c = co_await net::connect(to, "test", options);
    CHECK(watch.elapsed() >= 50ms);
    CHECK(watch.elapsed() < 10s);
    CHECK(c.remote_address() == l.local_address());
}

GYRE_TEST("a silent address that answers after all wins over later ones that fail", "[connect]") {
    blackhole silent;
    const std::vector<net::address> to{silent.address(), refused("127.0.0.1")};
    net::connect_options options;
    options.attempt_delay = 10ms;
    auto connecting = spawn(net::connect(to, "test", options));
    co_await sleep(50ms);
    CHECK_FALSE(connecting.done());
    // The kernel sends the SYN again after a second.
    silent.open();
    net::stream c = co_await std::move(connecting);
    CHECK(c.remote_address() == silent.address());
}

GYRE_TEST("the families take turns", "[connect]") {
    if (!has_ipv6()) {
        WARN("no IPv6 on this machine");
        co_return;
    }
    const net::address a = refused("::1");
    const net::address b = refused("::1");
    const net::address c = refused("::1");
    const net::address d = refused("127.0.0.1");
    const net::address e = refused("127.0.0.1");
    co_await yield();
    const std::vector<net::address> to{a, b, c, d, e};
    const auto failed = co_await error_of<net::connect_error>(net::connect(to, "many"));
    std::vector<net::address> order;
    for (const auto& attempt : failed.attempts()) order.push_back(attempt.to);
    CHECK(order == std::vector<net::address>{a, d, b, e, c});
    CHECK_THAT(failed.what(),
               Catch::Contains("cannot connect to many") && Catch::Contains(a.to_string()) && Catch::Contains(e.to_string()));
}

GYRE_TEST("a connect that takes too long is a timeout that names its phase", "[connect]") {
    blackhole silent;
    net::connect_options options;
    options.timeout = 60ms;
    const test::wall_stopwatch watch;
    const auto caught = co_await error_of<timeout_error>(net::connect(silent.address(), options));
    CHECK(watch.elapsed() >= 60ms);
    CHECK(watch.elapsed() < 10s);
    CHECK_THAT(caught.what(), Catch::Contains("connecting to " + silent.address().to_string()) && Catch::Contains("0.06 s"));
}

GYRE_TEST("each attempt may have a limit of its own", "[connect]") {
    blackhole silent;
    const std::vector<net::address> to{silent.address(), refused("127.0.0.1")};
    net::connect_options options;
    options.attempt_timeout = 40ms;
    options.attempt_delay = 10s;
    const auto failed = co_await error_of<net::connect_error>(net::connect(to, "test", options));
    REQUIRE(failed.attempts().size() == 2);
    CHECK(failed.attempts()[0].why == std::errc::timed_out);
    CHECK(failed.attempts()[1].why == std::errc::connection_refused);
}

GYRE_TEST("a connect under way is cancelled with all its attempts", "[connect]") {
    blackhole one;
    blackhole two;
    const std::vector<net::address> to{one.address(), two.address()};
    net::connect_options options;
    options.attempt_delay = 5ms;
    const std::size_t before = test::open_file_descriptor_count();
    auto connecting = spawn(net::connect(to, "test", options));
    co_await test::until([&] { return test::open_file_descriptor_count() == before + 2; });
    connecting.cancel();
    bool cancelled = false;
    try {
        co_await std::move(connecting);
    } catch (const cancelled_error&) {
        cancelled = true;
    }
    CHECK(cancelled);
    const std::size_t after = co_await test::descriptors_down_to(before);
    CHECK(after == before);
}

GYRE_TEST("the local address may be chosen", "[connect]") {
    net::listener l = net::listen("127.0.0.1", 0);
    net::connect_options options;
    options.local = net::address::parse("127.0.0.77");
    net::stream c = co_await net::connect("127.0.0.1", l.local_address().port(), options);
    CHECK(c.local_address().host() == "127.0.0.77");
    options.local = net::address::parse("198.51.100.77");
    const auto caught = co_await error_of<net::connect_error>(net::connect("127.0.0.1", l.local_address().port(), options));
    CHECK(caught.code() == std::errc::address_not_available);
}

GYRE_TEST("connecting to no address at all is an error", "[connect]") {
    const std::vector<net::address> none;
    const auto caught = co_await error_of<net::connect_error>(net::connect(none, "nowhere"));
    CHECK_THAT(caught.what(), Catch::Contains("nowhere"));
}
