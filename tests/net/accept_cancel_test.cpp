// ctest: timeout=300
#include "net/pair.hpp"
#include "support/test.hpp"

#include <optional>
#include <string>

using namespace gyre;

namespace {

// Results go into the caller's variables: what a task returns although it was asked to stop is dropped, as in asyncio.

task<> accept_into(net::listener& l, std::optional<net::stream>& to) { to = co_await l.accept(); }

template <class T>
task<bool> ended_cancelled(future<T> f) {
    try {
        co_await std::move(f);
    } catch (const cancelled_error&) {
        co_return true;
    }
    co_return false;
}

task<> pause(int turns) {
    for (int i = 0; i < turns; ++i) co_await yield();
}

}  // namespace

GYRE_TEST("an accept that is cancelled as somebody connects loses no connection and no descriptor", "[listener]") {
    net::listener l = net::listen("127.0.0.1", 0);
    const std::size_t before = test::open_file_descriptor_count();
    int accepted_first = 0;
    constexpr int rounds = 10'000;
    for (int round = 0; round < rounds; ++round) {
        std::optional<net::stream> server;
        auto accepting = spawn(accept_into(l, server));
        auto connecting = spawn(net::connect(l.local_address()));
        co_await pause(round % 23);
        accepting.cancel();
        net::stream client = co_await std::move(connecting);
        co_await ended_cancelled(accepting);
        if (server)
            ++accepted_first;
        else
            server = co_await l.accept();
        co_await client.write_all("x");
        char byte = 0;
        co_await server->read_exactly(&byte, 1);
        REQUIRE(server->remote_address() == client.local_address());
        // A reset leaves no port in TIME_WAIT: there are not enough for so many rounds.
        client.abort();
    }
    const std::size_t after = co_await test::descriptors_down_to(before);
    CHECK(after == before);
    // Both ends of the race were met.
    CHECK(accepted_first > 0);
    CHECK(accepted_first < rounds);
}

GYRE_TEST("a connect that is cancelled at any moment leaves no descriptor", "[connect]") {
    net::listener l = net::listen("127.0.0.1", 0);
    auto draining = [](net::listener& from) -> task<> {
        while (true) {
            auto s = co_await from.next();
            if (!s) break;
        }
    };
    auto drain = spawn(draining(l));
    co_await pause(3);
    const std::size_t before = test::open_file_descriptor_count();
    int connected = 0;
    int cancelled = 0;
    for (int round = 0; round < 2000; ++round) {
        auto connecting = spawn(net::connect(l.local_address()));
        co_await pause(round % 23);
        connecting.cancel();
        const bool was_cancelled = co_await ended_cancelled(connecting);
        ++(was_cancelled ? cancelled : connected);
    }
    CHECK(connected > 0);
    CHECK(cancelled > 0);
    const std::size_t after = co_await test::descriptors_down_to(before);
    CHECK(after == before);
    co_await l.close();
    co_await drain;
}

GYRE_TEST("a cancelled read loses no byte", "[stream]") {
    auto pair = co_await test::make_tcp_pair();
    std::string sent;
    for (int i = 0; i < 3000; ++i) sent += std::to_string(i) + (i % 3 == 0 ? "\n" : ",");
    auto dripping = [](net::stream& s, const std::string& data) -> task<> {
        for (std::size_t at = 0; at < data.size(); at += 7) {
            co_await s.write_all(std::string_view(data).substr(at, 7));
            if (at % 3 == 0) co_await yield();
        }
        co_await s.shutdown_write();
    };
    auto writer = spawn(dripping(pair.client, sent));
    std::string got;
    bool ended = false;
    auto piece = [&got, &ended](net::stream& s, int kind) -> task<> {
        try {
            if (kind == 0) {
                const std::string part = co_await s.read_exactly(20);
                got += part;
            } else if (kind == 1) {
                const std::string part = co_await s.read_until("\n");
                got += part;
            } else {
                char some[5];
                const std::size_t n = co_await s.read_some(some);
                got.append(some, n);
                ended = n == 0;
            }
        } catch (const net::incomplete_read_error& e) {
            got += e.partial();
            ended = true;
        }
    };
    int cancels = 0;
    for (int round = 0;; ++round) {
        if (ended) break;
        auto reading = spawn(piece(pair.server, round % 3));
        co_await pause(round % 29);
        reading.cancel();
        const bool was_cancelled = co_await ended_cancelled(reading);
        if (was_cancelled) ++cancels;
    }
    co_await writer;
    CHECK(got == sent);
    CHECK(cancels > 10);
}

GYRE_TEST("a scripted connection that is cancelled after any number of turns leaves nothing behind", "[stream]") {
    net::listener l = net::listen("127.0.0.1", 0);
    auto answering = [](net::stream s) -> task<> {
        try {
            while (true) {
                auto line = co_await s.read_line();
                if (!line) break;
                co_await s.write_all("you said ", *line, "\n");
            }
        } catch (const net::error&) {
            // Cancelled clients drop their connection.
        }
    };
    auto serving = [&answering](net::listener& from) -> task<> {
        while (true) {
            auto s = co_await from.next();
            if (!s) break;
            spawn(answering(std::move(*s)));
        }
    };
    auto server = spawn(serving(l));
    auto script = [](net::address to) -> task<int> {
        net::stream s = co_await net::connect(to);
        co_await s.write_all("one\n");
        const auto first = co_await s.read_line();
        co_await s.write_all("two", "\n");
        const std::string second = co_await s.read_until("\n");
        co_await s.shutdown_write();
        const std::string rest = co_await s.read_all();
        co_await s.close();
        co_return first == "you said one" && second == "you said two\n" && rest.empty() ? 1 : 0;
    };
    co_await pause(5);
    const std::size_t before = test::open_file_descriptor_count();
    int completed = 0;
    int cancelled = 0;
    for (int turns = 0; completed < 5; ++turns) {
        auto running = spawn(script(l.local_address()));
        co_await pause(turns);
        running.cancel();
        try {
            const int right = co_await std::move(running);
            REQUIRE(right == 1);
            ++completed;
        } catch (const cancelled_error&) {
            ++cancelled;
        }
    }
    CHECK(cancelled > 5);
    co_await l.close();
    co_await server;
    // The answering tasks see the end of their connections.
    const std::size_t after = co_await test::descriptors_down_to(before - 1);
    CHECK(after == before - 1);
}
