#include "net/pair.hpp"
#include "support/test.hpp"

#include <sys/socket.h>

#include <set>
#include <string>
#include <thread>

using namespace gyre;
using test::error_of;
using test::make_tcp_pair;

namespace {

task<std::string> read_any(net::stream& s) {
    char buffer[100];
    const std::size_t n = co_await s.read_some(buffer);
    co_return std::string(buffer, n);
}

// Lets the peer's reset arrive.
task<> settle(net::stream& s) {
    try {
        co_await read_any(s);
    } catch (const net::error&) {
    }
}

}  // namespace

GYRE_TEST("a reset by the peer is an error for the reader, which names the peer", "[stream]") {
    auto pair = co_await make_tcp_pair();
    auto reading = spawn(read_any(pair.client));
    co_await yield();
    pair.server.abort();
    const auto caught = co_await error_of<net::error>(std::move(reading));
    CHECK(caught.code() == std::errc::connection_reset);
    CHECK_THAT(caught.what(), Catch::Contains("reading from " + pair.client.remote_address().to_string()));
}

GYRE_TEST("writing to a peer that is gone is an error and no signal", "[stream]") {
    auto pair = co_await make_tcp_pair();
    pair.server.abort();
    co_await settle(pair.client);
    const auto single = co_await error_of<net::error>(pair.client.write_all("x"));
    CHECK(single.code() == std::errc::broken_pipe);
    const auto gathered = co_await error_of<net::error>(pair.client.write_all("x", "y"));
    CHECK(gathered.code() == std::errc::broken_pipe);
    const auto some = co_await error_of<net::error>(pair.client.write_some("x"));
    CHECK(some.code() == std::errc::broken_pipe);
    CHECK_THAT(some.what(), Catch::Contains("writing to " + pair.client.remote_address().to_string()));

    auto [a, b] = net::connected_pair();
    co_await b.close();
    const auto local = co_await error_of<net::error>(a.write_all("x"));
    CHECK(local.code() == std::errc::broken_pipe);
}

GYRE_TEST("a peer that goes away in the middle of a large write ends it with an error", "[stream]") {
    auto pair = co_await make_tcp_pair();
    const std::string large(50'000'000, 'x');
    auto writing = [](net::stream& s, const std::string& data) -> task<> { co_await s.write_all(data); };
    auto writer = spawn(writing(pair.client, large));
    co_await pair.server.read_exactly(1000);
    pair.server.abort();
    const auto caught = co_await error_of<net::error>(std::move(writer));
    const bool told = caught.code() == std::errc::broken_pipe || caught.code() == std::errc::connection_reset;
    CHECK(told);
}

GYRE_TEST("a peer that closes in the middle of a message is the end of the stream", "[stream]") {
    auto pair = co_await make_tcp_pair();
    auto reading = [](net::stream& s) -> task<> {
        char all[10];
        co_await s.read_exactly(all);
    };
    auto reader = spawn(reading(pair.client));
    co_await pair.server.write_all("half");
    co_await pair.server.close();
    const auto caught = co_await error_of<net::incomplete_read_error>(std::move(reader));
    CHECK_THAT(caught.what(), Catch::Contains("4 of the 10 bytes"));
}

GYRE_TEST("closing a stream ends a read that another task waits for, at once and with its own error", "[stream]") {
    auto pair = co_await make_tcp_pair();
    auto reader = spawn(read_any(pair.client));
    co_await yield();
    co_await pair.client.close();
    const auto caught = co_await error_of<net::error>(std::move(reader));
    CHECK(caught.code() == net::errc::closed);
    CHECK_THAT(caught.what(), Catch::Contains("closed meanwhile"));
}

GYRE_TEST("dropping a stream ends a read that another task waits for", "[stream]") {
    auto pair = co_await make_tcp_pair();
    auto line_reader = [](net::stream& s) -> task<> { co_await s.read_line(); };
    auto other = spawn(line_reader(pair.server));
    co_await yield();
    pair.server = net::stream();
    const auto dropped = co_await error_of<net::error>(std::move(other));
    CHECK(dropped.code() == net::errc::closed);
}

GYRE_TEST("closing a stream ends a write that another task waits for", "[stream]") {
    auto pair = co_await make_tcp_pair();
    const std::string large(50'000'000, 'x');
    auto writing = [](net::stream& s, const std::string& data) -> task<> { co_await s.write_all(data); };
    auto writer = spawn(writing(pair.client, large));
    for (int i = 0; i < 50; ++i) co_await yield();
    co_await pair.client.close();
    const auto caught = co_await error_of<net::error>(std::move(writer));
    CHECK(caught.code() == net::errc::closed);
}

GYRE_TEST("a reader of a closed stream never gets the bytes of the next one with its number", "[stream]") {
    std::set<int> numbers;
    for (int round = 0; round < 300; ++round) {
        auto old = net::connected_pair();
        const int number = old.first.native_handle();
        auto reader = spawn(read_any(old.first));
        co_await yield();
        if (round % 2 == 0)
            co_await old.first.close();
        else
            old.first = net::stream();
        if (round % 3 == 0) co_await yield();
        auto fresh = net::connected_pair();
        numbers.insert(number);
        numbers.insert(fresh.first.native_handle());
        co_await fresh.second.write_all("for the new one");
        const auto caught = co_await error_of<net::error>(std::move(reader));
        REQUIRE(caught.code() == net::errc::closed);
        const std::string got = co_await read_any(fresh.first);
        REQUIRE(got == "for the new one");
    }
    // The point of it: numbers did come back.
    CHECK(numbers.size() < 100);
}

GYRE_TEST("a closed or unconnected stream says so", "[stream]") {
    auto pair = co_await make_tcp_pair();
    const std::string peer = pair.client.remote_address().to_string();
    co_await pair.client.close();
    co_await pair.client.close();
    const auto reading = co_await error_of<net::error>(read_any(pair.client));
    CHECK(reading.code() == net::errc::closed);
    CHECK_THAT(reading.what(), Catch::Contains(peer) && Catch::Contains("closed already"));
    const auto writing = co_await error_of<net::error>(pair.client.write_all("x", "y"));
    CHECK(writing.code() == net::errc::closed);
    const auto ending = co_await error_of<net::error>(pair.client.shutdown_write());
    CHECK(ending.code() == net::errc::closed);
    net::stream nothing;
    CHECK_THROWS_AS(nothing.write_all("x"), net::error);
    net::stream moved = std::move(pair.server);
    CHECK_THROWS_AS(pair.server.read_line(), net::error);
}

GYRE_TEST("a stream of one loop is refused by the tasks of another", "[stream]") {
    std::string said;
    {
        net::stream strayed;
        std::thread other([&] {
            event_loop loop(test::options());
            auto making = [&]() -> task<> {
                strayed = net::connected_pair().first;
                co_return;
            };
            loop.run_until_complete(making());
            loop.close();
        });
        other.join();
        try {
            co_await strayed.write_all("x");
        } catch (const invalid_state_error& e) {
            said = e.what();
        }
    }
    CHECK_THAT(said, Catch::Contains("another event loop"));
}

TEST_CASE("sockets need a running loop", "[stream]") {
    CHECK_THROWS_AS(net::listen("127.0.0.1", 0), invalid_state_error);
    CHECK_THROWS_AS(net::connected_pair(), invalid_state_error);
    CHECK_THROWS_AS(net::resolver(), invalid_state_error);
}
