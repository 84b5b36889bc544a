#include "net/dns_server.hpp"
#include "net/pair.hpp"
#include "support/scratch_directory.hpp"
#include "support/test.hpp"
#include "support/until.hpp"

#include <algorithm>
#include <fstream>
#include <iterator>
#include <string>
#include <vector>

using namespace gyre;
using namespace std::chrono_literals;
using test::dns_server;
using test::error_of;
using test::until;

namespace {

std::vector<std::string> hosts_of(const std::vector<net::address>& addresses) {
    std::vector<std::string> hosts;
    for (const auto& a : addresses) hosts.push_back(a.host());
    std::sort(hosts.begin(), hosts.end());
    return hosts;
}

using names = std::vector<std::string>;

// A name whose answer does not come before dns.release().
struct slow_name {
    slow_name() : r(dns.options()) {
        dns["slow.test"].addresses = {"192.0.2.1"};
        dns.hold();
    }
    task<std::vector<net::address>> look_up() { return r.resolve("slow.test", 0, net::family::ipv4); }
    dns_server dns;
    net::resolver r;
};

}  // namespace

GYRE_TEST("a name gives the addresses that DNS has, with the port", "[resolver]") {
    dns_server dns;
    dns["both.test"].addresses = {"192.0.2.1", "192.0.2.2", "2001:db8::1"};
    net::resolver r(dns.options());
    const auto all = co_await r.resolve("both.test", 8080);
    CHECK(hosts_of(all) == names{"192.0.2.1", "192.0.2.2", "2001:db8::1"});
    CHECK(std::all_of(all.begin(), all.end(), [](const net::address& a) { return a.port() == 8080; }));
    const auto four = co_await r.resolve("both.test", 0, net::family::ipv4);
    CHECK(hosts_of(four) == names{"192.0.2.1", "192.0.2.2"});
    const auto six = co_await r.resolve("BOTH.Test", 0, net::family::ipv6);
    CHECK(hosts_of(six) == names{"2001:db8::1"});
    co_await dns.stop();
}

GYRE_TEST_VIRTUAL("an alias is followed, and the shortest time to live counts", "[resolver]") {
    dns_server dns;
    auto& entry = dns["www.test"];
    entry.alias = "server.test";
    entry.alias_ttl = 1;
    entry.addresses = {"192.0.2.9"};
    net::resolver r(dns.options());
    const auto found = co_await r.resolve("www.test", 0, net::family::ipv4);
    CHECK(hosts_of(found) == names{"192.0.2.9"});
    CHECK(dns.queries("www.test") == 1);
    co_await sleep(1100ms);
    co_await r.resolve("www.test", 0, net::family::ipv4);
    CHECK(dns.queries("www.test") == 2);
    co_await dns.stop();
}

GYRE_TEST("lookups of one name at the same time are one question", "[resolver]") {
    dns_server dns;
    dns["busy.test"].addresses = {"192.0.2.1"};
    dns.hold();
    net::resolver r(dns.options());
    std::vector<future<std::vector<net::address>>> lookups;
    for (int i = 0; i < 50; ++i) lookups.push_back(spawn(r.resolve(i % 2 == 0 ? "busy.test" : "Busy.TEST", 80, net::family::ipv4)));
    co_await until([&] { return dns.queries("busy.test") == 1; });
    CHECK_FALSE(lookups.front().done());
    dns.release();
    for (auto& lookup : lookups) {
        const auto found = co_await std::move(lookup);
        CHECK(hosts_of(found) == names{"192.0.2.1"});
    }
    CHECK(dns.queries("busy.test") == 1);
    CHECK(r.stats().questions == 1);
    CHECK(r.stats().joined == 49);
    co_await dns.stop();
}

GYRE_TEST_VIRTUAL("an answer is kept as long as it says, and no longer than allowed", "[resolver]") {
    dns_server dns;
    dns["kept.test"].addresses = {"192.0.2.1"};
    dns["fleeting.test"].addresses = {"192.0.2.2"};
    dns["fleeting.test"].ttl = 0;
    net::resolver_options options = dns.options();
    options.max_ttl = 20s;
    net::resolver r(options);
    for (int i = 0; i < 3; ++i) {
        co_await r.resolve("kept.test", 0, net::family::ipv4);
        co_await r.resolve("fleeting.test", 0, net::family::ipv4);
    }
    CHECK(dns.queries("kept.test") == 1);
    CHECK(dns.queries("fleeting.test") == 3);
    CHECK(r.stats().hits == 2);
    co_await sleep(21s);
    co_await r.resolve("kept.test", 0, net::family::ipv4);
    CHECK(dns.queries("kept.test") == 2);
    r.clear_cache();
    co_await r.resolve("kept.test", 0, net::family::ipv4);
    CHECK(dns.queries("kept.test") == 3);
    co_await dns.stop();
}

GYRE_TEST_VIRTUAL("answers and failures may be kept for ever", "[resolver]") {
    dns_server dns;
    dns["kept.test"].addresses = {"192.0.2.1"};
    net::resolver_options options = dns.options();
    options.max_ttl = options.max_stale = options.negative_ttl = duration::max();
    net::resolver r(options);
    for (int i = 0; i < 2; ++i) {
        co_await r.resolve("kept.test", 0, net::family::ipv4);
        co_await error_of<net::resolve_error>(r.resolve("none.test", 0, net::family::ipv4));
        co_await sleep(30s);
    }
    CHECK(dns.queries("kept.test") == 1);
    CHECK(dns.queries("none.test") == 1);
    CHECK(r.stats().hits == 2);
    co_await dns.stop();
}

GYRE_TEST_VIRTUAL("a failure is kept for a while too", "[resolver]") {
    dns_server dns;
    net::resolver_options options = dns.options();
    options.negative_ttl = 10s;
    net::resolver r(options);
    for (int i = 0; i < 3; ++i) {
        const auto caught = co_await error_of<net::resolve_error>(r.resolve("missing.test", 0, net::family::ipv4));
        CHECK(caught.code() == net::errc::host_not_found);
        CHECK(caught.host() == "missing.test");
        CHECK_THAT(caught.what(), Catch::Contains("'missing.test'") && Catch::Contains("no such host"));
    }
    CHECK(dns.queries("missing.test") == 1);
    co_await sleep(11s);
    dns["missing.test"].addresses = {"192.0.2.1"};
    const auto found = co_await r.resolve("missing.test", 0, net::family::ipv4);
    CHECK(hosts_of(found) == names{"192.0.2.1"});
    co_await dns.stop();
}

GYRE_TEST("a name without addresses and a failing server are told apart", "[resolver]") {
    dns_server dns;
    dns["empty.test"].addresses = {"2001:db8::1"};
    dns["broken.test"].status = 2;
    net::resolver_options options = dns.options();
    options.timeout = 50ms;
    options.tries = 1;
    net::resolver r(options);
    const auto empty = co_await error_of<net::resolve_error>(r.resolve("empty.test", 0, net::family::ipv4));
    CHECK(empty.code() == net::errc::no_address);
    const auto broken = co_await error_of<net::resolve_error>(r.resolve("broken.test", 0, net::family::ipv4));
    CHECK(broken.code() == net::errc::dns_failure);
    co_await dns.stop();
}

GYRE_TEST("a server that never answers is a time-out that says what to check", "[resolver]") {
    dns_server dns;
    dns["silent.test"].silent = true;
    net::resolver_options options = dns.options();
    options.timeout = 30ms;
    options.tries = 2;
    net::resolver r(options);
    const test::wall_stopwatch watch;
    const auto caught = co_await error_of<net::resolve_error>(r.resolve("silent.test", 0, net::family::ipv4));
    CHECK(caught.code() == net::errc::dns_timeout);
    CHECK_THAT(caught.what(), Catch::Contains("/etc/resolv.conf"));
    CHECK(watch.elapsed() >= 60ms);
    CHECK(watch.elapsed() < 10s);
    CHECK(dns.queries("silent.test") == 2);
    co_await dns.stop();
}

GYRE_TEST("each waiter has its own deadline, and the question goes on without it", "[resolver]") {
    slow_name slow;
    auto& [dns, r] = slow;
    auto patient = spawn(slow.look_up());
    const time_point soon = event_loop::current().time() + 30ms;
    co_await error_of<timeout_error>(r.resolve("slow.test", 0, net::family::ipv4, soon));
    CHECK_FALSE(patient.done());
    net::connect_options options;
    options.resolver = &r;
    options.family = net::family::ipv4;
    options.timeout = 30ms;
    const auto connecting = co_await error_of<timeout_error>(net::connect("slow.test", 80, options));
    CHECK_THAT(connecting.what(), Catch::Contains("slow.test:80") && Catch::Contains("resolve the name"));
    dns.release();
    const auto found = co_await std::move(patient);
    CHECK(hosts_of(found) == names{"192.0.2.1"});
    CHECK(dns.queries("slow.test") == 1);
    co_await dns.stop();
}

GYRE_TEST("a cancelled lookup returns at once; others get the answer, and the cache too", "[resolver]") {
    slow_name slow;
    auto& [dns, r] = slow;
    auto given_up = spawn(slow.look_up());
    auto other = spawn(slow.look_up());
    co_await until([&] { return dns.queries("slow.test") == 1; });
    given_up.cancel();
    co_await yield();
    co_await yield();
    CHECK(given_up.cancelled());
    CHECK_FALSE(other.done());
    other.cancel();
    co_await yield();
    co_await yield();
    CHECK(other.cancelled());
    // Nobody waits any more, and the answer is kept all the same.
    dns["later.test"].addresses = {"192.0.2.2"};
    dns.release();
    // Its answer comes behind the one that was held back.
    co_await r.resolve("later.test", 0, net::family::ipv4);
    const auto found = co_await slow.look_up();
    CHECK(hosts_of(found) == names{"192.0.2.1"});
    CHECK(dns.queries("slow.test") == 1);
    CHECK(r.stats().hits == 1);
    co_await dns.stop();
}

GYRE_TEST("an old answer is better than none while the servers are silent, unless it is too old", "[resolver]") {
    dns_server dns;
    dns["old.test"].addresses = {"192.0.2.1"};
    net::resolver_options options = dns.options();
    options.max_ttl = 10ms;
    options.timeout = 250ms;
    options.tries = 1;
    options.max_stale = 1h;
    net::resolver patient(options);
    options.max_stale = 1ms;
    net::resolver strict(options);
    co_await patient.resolve("old.test", 0, net::family::ipv4);
    co_await strict.resolve("old.test", 0, net::family::ipv4);
    CHECK(dns.queries("old.test") == 2);
    co_await sleep(20ms);
    dns["old.test"].silent = true;
    const auto stale = co_await patient.resolve("old.test", 0, net::family::ipv4);
    CHECK(hosts_of(stale) == names{"192.0.2.1"});
    CHECK(dns.queries("old.test") == 3);
    const auto caught = co_await error_of<net::resolve_error>(strict.resolve("old.test", 0, net::family::ipv4));
    CHECK(caught.code() == net::errc::dns_timeout);
    co_await dns.stop();
}

GYRE_TEST("an answer too long for UDP is fetched by TCP", "[resolver]") {
    dns_server dns;
    auto& entry = dns["long.test"];
    entry.only_tcp = true;
    for (int i = 1; i < 100; ++i) entry.addresses.push_back("192.0.2." + std::to_string(i));
    net::resolver r(dns.options());
    const auto found = co_await r.resolve("long.test", 0, net::family::ipv4);
    CHECK(found.size() == 99);
    CHECK(dns.tcp_queries() == 1);
    co_await dns.stop();
}

GYRE_TEST("many names at once, in both families", "[resolver]") {
    dns_server dns;
    constexpr int count = 300;
    for (int i = 0; i < count; ++i)
        dns["h" + std::to_string(i) + ".test"].addresses = {"192.0.2." + std::to_string(i % 250), "2001:db8::1"};
    net::resolver r(dns.options());
    std::vector<task<std::vector<net::address>>> lookups;
    for (int i = 0; i < count; ++i) lookups.push_back(r.resolve("h" + std::to_string(i) + ".test"));
    const auto all = co_await gather(std::move(lookups));
    CHECK(std::all_of(all.begin(), all.end(), [](const auto& found) { return found.size() == 2; }));
    CHECK(r.stats().cached == count);
    co_await dns.stop();
}

GYRE_TEST("the cache holds so many names, and lets the least recently used go", "[resolver]") {
    dns_server dns;
    for (const char* name : {"a.test", "b.test", "c.test", "d.test"}) dns[name].addresses = {"192.0.2.1"};
    net::resolver_options options = dns.options();
    options.cache_size = 3;
    net::resolver r(options);
    for (const char* name : {"a.test", "b.test", "c.test", "a.test", "d.test"}) co_await r.resolve(name, 0, net::family::ipv4);
    CHECK(r.stats().cached == 3);
    co_await r.resolve("a.test", 0, net::family::ipv4);
    CHECK(dns.queries("a.test") == 1);
    co_await r.resolve("b.test", 0, net::family::ipv4);
    CHECK(dns.queries("b.test") == 2);
    co_await dns.stop();
}

GYRE_TEST("callers take turns among the addresses of a family", "[resolver]") {
    dns_server dns;
    dns["pool.test"].addresses = {"192.0.2.1", "192.0.2.2", "192.0.2.3"};
    net::resolver r(dns.options());
    names first;
    for (int i = 0; i < 6; ++i) {
        const auto found = co_await r.resolve("pool.test", 0, net::family::ipv4);
        REQUIRE(found.size() == 3);
        first.push_back(found.front().host());
    }
    for (const char* host : {"192.0.2.1", "192.0.2.2", "192.0.2.3"}) CHECK(std::count(first.begin(), first.end(), host) == 2);
    co_await dns.stop();
}

GYRE_TEST("literals and localhost need no server", "[resolver]") {
    dns_server dns;
    net::resolver r(dns.options());
    const auto four = co_await r.resolve("192.0.2.7", 80);
    CHECK(four == std::vector<net::address>{*net::address::parse("192.0.2.7", 80)});
    const auto six = co_await r.resolve("[2001:db8::7]", 80);
    CHECK(six == std::vector<net::address>{*net::address::parse("2001:db8::7", 80)});
    for (const char* name : {"localhost", "LOCALHOST", "localhost.", "app.localhost"}) {
        const auto local = co_await r.resolve(name, 80);
        CHECK(hosts_of(local) == names{"127.0.0.1", "::1"});
        const auto only_four = co_await r.resolve(name, 80, net::family::ipv4);
        CHECK(hosts_of(only_four) == names{"127.0.0.1"});
    }
    const auto other = co_await error_of<net::resolve_error>(r.resolve("192.0.2.7", 80, net::family::ipv6));
    CHECK(other.code() == net::errc::no_address);
    CHECK(r.stats().questions == 0);
    co_await dns.stop();
}

GYRE_TEST("what cannot be a name is refused without asking", "[resolver]") {
    dns_server dns;
    net::resolver r(dns.options());
    const std::string too_long(254, 'x');
    for (const std::string& bad :
         {std::string(), std::string("."), std::string("a..b"), std::string("a b"), std::string("a/b"), std::string("a\0b", 3),
          std::string("b\xc3\xbc"
                      "cher.example"),
          std::string(64, 'x') + ".test", too_long, std::string("http://x")}) {
        INFO(bad);
        const auto caught = co_await error_of<net::resolve_error>(r.resolve(bad));
        CHECK(caught.code() == net::errc::bad_name);
    }
    CHECK(r.stats().questions == 0);
    co_await dns.stop();
}

GYRE_TEST_VIRTUAL("the hosts file comes before DNS, and is read again when it changes", "[resolver]") {
    const test::scratch_directory folder;
    const std::string path = folder / "hosts";
    const auto write = [&](std::string_view text) { REQUIRE(std::ofstream(path).write(text.data(), std::ssize(text)).flush()); };
    write("# comment\n192.0.2.50\tbox.test  Box # rest\n2001:db8::50 box.test\n192.0.2.51 box.test\nnonsense\n192.0.2.52\n");
    dns_server dns;
    net::resolver_options options = dns.options();
    options.hosts_file = path;
    net::resolver r(options);
    const auto all = co_await r.resolve("box.test");
    CHECK(hosts_of(all) == names{"192.0.2.50", "192.0.2.51", "2001:db8::50"});
    const auto alias = co_await r.resolve("BOX.");
    CHECK(hosts_of(alias) == names{"192.0.2.50"});
    write("192.0.2.60 box.test\n");
    co_await sleep(2s);
    const auto changed = co_await r.resolve("box.test");
    CHECK(hosts_of(changed) == names{"192.0.2.60"});
    CHECK(r.stats().questions == 0);
    co_await dns.stop();
}

GYRE_TEST("connect resolves, and reaches the address that the name has", "[resolver]") {
    dns_server dns;
    dns["service.test"].addresses = {"127.0.0.1"};
    net::resolver r(dns.options());
    net::listener l = net::listen("127.0.0.1", 0);
    net::connect_options options;
    options.resolver = &r;
    net::stream c = co_await net::connect("service.test", l.local_address().port(), options);
    CHECK(c.remote_address() == l.local_address());
    const auto missing = co_await error_of<net::resolve_error>(net::connect("other.test", 80, options));
    CHECK(missing.host() == "other.test");
    co_await dns.stop();
}

GYRE_TEST("questions under way when the resolver goes, or the loop closes, leave nothing behind", "[resolver]") {
    dns_server dns;
    dns["silent.test"].silent = true;
    {
        net::resolver gone(dns.options());
        auto lookup = spawn(gone.resolve("silent.test"));
        co_await until([&] { return dns.queries("silent.test") == 2; });
        lookup.cancel();
        co_await yield();
    }
    auto left = spawn(net::resolver(dns.options()).resolve("silent.test"));
    co_await until([&] { return dns.queries("silent.test") == 4; });
    // The loop closes now; descriptors that stay open would fail this test.
}

GYRE_TEST("servers that make no sense are refused with the text", "[resolver]") {
    net::resolver_options options;
    options.servers = {"not an address"};
    CHECK_THROWS_WITH(net::resolver(options), Catch::Contains("not an address"));
    co_return;
}

GYRE_TEST("the loop's own resolver knows localhost, and is made once", "[resolver]") {
    const auto found = co_await net::resolve("localhost", 80);
    CHECK_FALSE(found.empty());
    net::resolver a = net::resolver::of_loop();
    a.clear_cache();
    co_await net::resolve("127.0.0.1");
    CHECK(net::resolver::of_loop().stats().lookups == a.stats().lookups);
}
