#include <gyre/net/connect.hpp>
#include <numeric>
#include <string>
#include <vector>

#include "http/client_support.hpp"
#include "net/dns_server.hpp"
#include "support/descriptor_limit.hpp"

using namespace gyre;
using namespace gyre::test;
using namespace std::chrono_literals;

namespace {

// How a fetch fails from a server that answers with this and closes.
template <class E>
task<E> answer_fails(std::string bytes, http::client_options options = http::client_options()) {
    scripted_server server(answer_once_with(bytes));
    http::client client(options);
    E e = co_await error_of<E>(fetch(client, server.url()));
    CHECK(client.stats().connections == 0);
    CHECK(server.accepted() == 1);
    co_await server.stop();
    co_return e;
}

// Never answers.
task<> silent(scripted_peer& peer) { co_await peer.wait_for_end(); }

}  // namespace

GYRE_TEST("a refused connection names the address and the cure", "[http][client][fault]") {
    std::string url;
    {
        scripted_server gone(silent);
        url = gone.url("/x");
        co_await gone.stop();
    }
    http::client client;
    const auto e = co_await error_of<http::connect_error>(fetch(client, url));
    CHECK(e.code() == std::errc::connection_refused);
    CHECK(e.phase() == http::phase::connect);
    CHECK(e.attempt() == 1);
    CHECK(!e.may_have_been_processed());
    CHECK(url.starts_with("http://" + e.peer()));
    CHECK(e.url() == url);
    CHECK(e.method() == "GET");
    CHECK_THAT(e.what(), Catch::Contains(e.peer()) && Catch::Contains("refused") && Catch::Contains("check the port"));
    CHECK(client.stats().connections == 0);
}

GYRE_TEST("every request to a host that refuses fails with an error of its own", "[http][client][fault]") {
    std::string url;
    {
        scripted_server gone(silent);
        url = gone.url();
        co_await gone.stop();
    }
    http::client_options options;
    options.max_connections_per_host = 3;
    http::client client(options);
    std::vector<task<std::string>> all;
    for (int i = 0; i < 50; ++i) all.push_back(fetch(client, url));
    const auto ends = co_await gyre::gather_outcomes(std::move(all));
    for (const auto& ended : ends) CHECK_THROWS_AS(ended.value(), http::connect_error);
    CHECK(client.stats().connections == 0);
    CHECK(client.stats().waiting == 0);
}

GYRE_TEST("a name that does not resolve says so", "[http][client][fault]") {
    http::client client;
    // RFC 6761: never exists. Without any DNS server the question fails instead, in the same phase.
    const auto e = co_await error_of<http::connect_error>(fetch(client, "http://no-such-host.invalid/"));
    CHECK(e.phase() == http::phase::dns);
    CHECK(e.peer() == "no-such-host.invalid");
    CHECK_THAT(e.what(), Catch::Contains("no-such-host.invalid") && Catch::Contains("while resolving"));
    CHECK(client.stats().connections == 0);
}

GYRE_TEST("a name that DNS does not have, and a DNS server that does not answer, are told apart", "[http][client][fault]") {
    dns_server dns;
    dns["held.test"].addresses = {"127.0.0.1"};
    net::resolver names(dns.options());
    http::client_options options;
    options.connect.resolver = &names;
    options.connect_timeout = 30ms;
    http::client client(options);
    const auto missing = co_await error_of<http::connect_error>(fetch(client, "http://missing.test/"));
    CHECK(missing.phase() == http::phase::dns);
    CHECK(missing.code() == net::errc::host_not_found);
    CHECK_THAT(missing.what(), Catch::Contains("missing.test") && Catch::Contains("while resolving the name"));

    dns.hold();
    const auto stalled = co_await error_of<http::timeout_error>(fetch(client, "http://held.test/"));
    CHECK(stalled.phase() == http::phase::dns);
    CHECK(stalled.limit_name() == "connect_timeout");
    CHECK_FALSE(stalled.may_have_been_processed());
    CHECK_THAT(stalled.what(), Catch::Contains("held.test") && Catch::Contains("while resolving the name"));
    CHECK(client.stats().connections == 0);
    co_await dns.stop();
}

GYRE_TEST("a malformed URL among ten thousand good ones fails alone", "[http][client][fault]") {
    scripted_server server(answer_with(ok_response("x")));
    http::client client;
    constexpr int count = 10'000;
    constexpr int wrong = 6'789;
    int good = 0;
    std::vector<std::string> refused;
    const auto one = [&](int n) -> task<> {
        const std::string url = n == wrong ? "http://exa mple/" : server.url("/" + std::to_string(n));
        try {
            const std::string body = co_await fetch(client, url);
            if (body == "x") ++good;
        } catch (const http::url_error& e) {
            refused.push_back(e.what());
        }
    };
    std::vector<int> numbers(count);
    std::iota(numbers.begin(), numbers.end(), 0);
    co_await for_each_concurrent(numbers, 50, one);
    CHECK(good == count - 1);
    REQUIRE(refused.size() == 1);
    CHECK_THAT(refused.front(), Catch::Contains("\"http://exa mple/\"") && Catch::Contains("correct the host"));
    co_await server.stop();
}

GYRE_TEST("localhost is found by its name", "[http][client]") {
    scripted_server server(answer_with(ok_response("x")));
    http::client client;
    const std::string body = co_await fetch(client, "http://localhost:" + std::to_string(server.port()) + "/");
    CHECK(body == "x");
    co_await server.stop();
}

GYRE_TEST("a server that closes or resets at once has not answered", "[http][client][fault]") {
    const auto closing = [](scripted_peer& peer) -> task<> { const std::string request = co_await peer.request(); };
    scripted_server closes(closing);
    http::client client;
    const auto closed = co_await error_of<http::disconnected_error>(fetch(client, closes.url()));
    CHECK(closed.may_have_been_processed());
    CHECK(closed.code() == gyre::net::errc::end_of_stream);
    CHECK(closes.accepted() == 1);

    const auto resetting = [](scripted_peer& peer) -> task<> {
        const std::string request = co_await peer.request();
        peer.stream.abort();
    };
    scripted_server resets(resetting);
    const auto reset = co_await error_of<http::disconnected_error>(fetch(client, resets.url()));
    CHECK(reset.code() == std::errc::connection_reset);
    CHECK(client.stats().connections == 0);
    co_await closes.stop();
    co_await resets.stop();
}

GYRE_TEST("a truncated body is an error that says how much came", "[http][client][fault]") {
    const auto counted = co_await answer_fails<http::truncated_error>("HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\nabc");
    CHECK(counted.received() == 3);
    CHECK_THAT(counted.what(), Catch::Contains("7 bytes of the body are missing"));
    const auto large =
        co_await answer_fails<http::truncated_error>("HTTP/1.1 200 OK\r\nContent-Length: 1000000\r\n\r\n" + std::string(999'999, 'x'));
    CHECK(large.received() == 999'999);
    const auto chunked = co_await answer_fails<http::truncated_error>("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n");
    CHECK(chunked.received() == 3);
    const auto inside = co_await answer_fails<http::truncated_error>("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nabc");
    CHECK(inside.received() == 3);
    const auto head = co_await answer_fails<http::truncated_error>("HTTP/1.1 200 OK\r\nContent-");
    CHECK_THAT(head.what(), Catch::Contains("head is not complete"));

    event piece_came;
    const auto resetting = [&piece_came](scripted_peer& peer) -> task<> {
        const std::string request = co_await peer.request();
        co_await peer.send("HTTP/1.1 200 OK\r\n\r\nabc");
        co_await piece_came.wait();
        peer.stream.abort();
    };
    scripted_server server(resetting);
    http::client client;
    auto response = co_await client.get(server.url());
    auto chunks = response.chunks();
    const auto first = co_await chunks.next();
    CHECK(first->view() == "abc");
    piece_came.set();
    const auto reset = co_await error_of<http::truncated_error>(chunks.next());
    CHECK(reset.code() == std::errc::connection_reset);
    CHECK(reset.received() == 3);
    co_await server.stop();
}

GYRE_TEST("a malformed response is refused, and its bytes are shown", "[http][client][fault]") {
    struct wrong {
        const char* bytes;
        http::parse_error kind;
        const char* shown;
    };
    const std::vector<wrong> all{
        {"SSH-2.0-OpenSSH_9.2\r\n", http::parse_error::not_http, "SSH-2.0"},
        {"\x15\x03\x01\x00\x02\x02\x16", http::parse_error::not_http, "\\x15\\x03\\x01"},
        {"HTTP/1.1 200 OK\r\nBad Name: x\r\n\r\n", http::parse_error::bad_field_name, "Bad Name"},
        {"HTTP/1.1 200 OK\r\nA: b\x01\r\n\r\n", http::parse_error::control_byte, "b\\x01"},
        {"HTTP/1.1 200 OK\nA: b\n\n", http::parse_error::bare_line_feed, "HTTP/1.1"},
        {"HTTP/1.1 200 OK\r\nA: b\r\n folded\r\n\r\n", http::parse_error::folded_line, "folded"},
        {"HTTP/2 200\r\n\r\n", http::parse_error::bad_version, "HTTP/2"},
        {"HTTP/1.1 20x OK\r\n\r\n", http::parse_error::bad_status, "20x"},
        {"HTTP/1.1 200 OK\r\nContent-Length: 3\r\nTransfer-Encoding: chunked\r\n\r\n", http::parse_error::length_and_chunked, ""},
        {"HTTP/1.1 200 OK\r\nContent-Length: +3\r\n\r\nabc", http::parse_error::bad_content_length, "+3"},
        {"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nxyz\r\nabc\r\n0\r\n\r\n", http::parse_error::bad_chunk, "xyz"},
    };
    for (const wrong& w : all) {
        const auto e = co_await answer_fails<http::protocol_error>(w.bytes);
        CHECK(e.kind() == w.kind);
        CHECK(e.phase() == http::phase::read);
        CHECK(e.may_have_been_processed());
        CHECK_THAT(e.what(), Catch::Contains(w.shown) && Catch::Contains("attempt 1") && Catch::Contains(e.peer()));
    }
}

GYRE_TEST("a header of two megabytes is refused before it is all there", "[http][client][fault]") {
    std::size_t sent = 0;
    const auto script = [&sent](scripted_peer& peer) -> task<> {
        const std::string request = co_await peer.request();
        co_await peer.send("HTTP/1.1 200 OK\r\nX-Long: ");
        const std::string piece(16 * 1024, 'x');
        for (int i = 0; i < 128; ++i) {
            co_await peer.send(piece);
            sent += piece.size();
        }
        co_await peer.send("\r\nContent-Length: 1\r\n\r\nx");
        co_await peer.wait_for_end();
    };
    scripted_server server(script);
    {
        http::client client;
        const auto e = co_await error_of<http::protocol_error>(fetch(client, server.url()));
        CHECK(e.kind() == http::parse_error::head_too_large);
        CHECK_THAT(e.what(), Catch::Contains("client_options::max_head_bytes") && !Catch::Contains("head_limits"));
        CHECK_THAT(e.what(), Catch::Contains("65536"));
        CHECK(client.stats().connections == 0);
    }
    http::client_options options;
    options.max_head_bytes = 3 << 20;
    http::client roomy(options);
    const std::string body = co_await fetch(roomy, server.url());
    CHECK(body == "x");
    co_await server.stop();
}

GYRE_TEST("a stall ends at the time limit, which names the phase", "[http][client][fault]") {
    scripted_server mute(silent);
    http::client_options options;
    options.first_byte_timeout = 30ms;
    options.read_timeout = 40ms;
    options.write_timeout = 50ms;
    http::client client(options);
    const auto first = co_await error_of<http::timeout_error>(fetch(client, mute.url()));
    CHECK(first.phase() == http::phase::first_byte);
    CHECK(first.limit() == 30ms);
    CHECK(first.limit_name() == "first_byte_timeout");
    CHECK(first.may_have_been_processed());
    CHECK_THAT(first.what(),
               Catch::Contains("0.03 s") && Catch::Contains("while waiting for the response") && Catch::Contains(first.peer()));

    const std::vector<const char*> parts{"HTTP/1.1 200 OK\r\nConte", "HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\nabc",
                                         "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n", "HTTP/1.1 200 OK\r\n\r\nabc"};
    for (const char* const part : parts) {
        const auto script = [part](scripted_peer& peer) -> task<> {
            const std::string request = co_await peer.request();
            co_await peer.send(part);
            co_await peer.wait_for_end();
        };
        scripted_server server(script);
        const auto read = co_await error_of<http::timeout_error>(fetch(client, server.url()));
        CHECK(read.phase() == http::phase::read);
        CHECK(read.limit() == 40ms);
        CHECK(read.limit_name() == "read_timeout");
        co_await server.stop();
    }

    const auto never_reading = [](scripted_peer& peer) -> task<> {
        peer.stream.set_receive_buffer(4096);
        gyre::event never;
        co_await never.wait();
    };
    scripted_server deaf(never_reading);
    const auto upload = [&]() -> task<std::string> {
        auto response = co_await client.post(deaf.url()).body(std::string(20'000'000, 'x'));
        co_return co_await response.text();
    };
    const auto write = co_await error_of<http::timeout_error>(upload());
    CHECK(write.phase() == http::phase::write);
    CHECK(write.limit_name() == "write_timeout");
    CHECK(write.may_have_been_processed());
    CHECK(client.stats().connections == 0);
    co_await mute.stop();
    co_await deaf.stop();
}

GYRE_TEST_VIRTUAL("progress keeps a slow response alive, but not beyond the total limit", "[http][client][fault]") {
    const auto script = [](scripted_peer& peer) -> task<> {
        const std::string request = co_await peer.request();
        co_await peer.send("HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\n");
        for (int i = 0; i < 10; ++i) {
            co_await gyre::sleep(9s);
            co_await peer.send("x");
        }
        co_await peer.wait_for_end();
    };
    scripted_server server(script);
    http::client_options options;
    options.read_timeout = 10s;
    http::client client(options);
    const std::string body = co_await fetch(client, server.url());
    CHECK(body.size() == 10);

    options.total_timeout = 35s;
    http::client hurried(options);
    const gyre::test::loop_stopwatch watch;
    const auto e = co_await error_of<http::timeout_error>(fetch(hurried, server.url()));
    CHECK(watch.elapsed() >= 35s);
    CHECK(watch.elapsed() < 36s);
    CHECK(e.phase() == http::phase::read);
    CHECK(e.limit() == 35s);
    CHECK(e.limit_name() == "total_timeout");
    CHECK_THAT(e.what(), Catch::Contains("allow more with client_options::total_timeout"));

    const auto patient = [&]() -> task<std::string> {
        auto response = co_await hurried.get(server.url()).timeout(200s);
        co_return co_await response.text();
    };
    const std::string whole = co_await patient();
    CHECK(whole.size() == 10);
    co_await server.stop();
}

GYRE_TEST("connecting has a time limit", "[http][client][fault]") {
    // A listener that never accepts, with its queue full: the kernel drops what else wants in.
    gyre::net::listen_options narrow;
    narrow.backlog = 0;
    gyre::net::listener full = gyre::net::listen("127.0.0.1", 0, narrow);
    std::vector<gyre::net::stream> queued;
    for (int i = 0; i < 4; ++i) {
        gyre::net::connect_options quick;
        quick.timeout = 30ms;
        auto connecting = gyre::net::connect(full.local_address(), quick);
        auto made = co_await gyre::as_outcome(std::move(connecting));
        if (!made) break;
        queued.push_back(std::move(made).value());
    }
    const std::string url = "http://" + full.local_address().to_string() + "/";
    http::client_options options;
    options.connect_timeout = 30ms;
    http::client client(options);
    const auto e = co_await error_of<http::timeout_error>(fetch(client, url));
    CHECK(e.phase() == http::phase::connect);
    CHECK(e.limit_name() == "connect_timeout");
    CHECK(!e.may_have_been_processed());

    http::client patient;
    const auto hurried = [&]() -> task<std::string> {
        auto response = co_await patient.get(url).timeout(30ms);
        co_return co_await response.text();
    };
    const auto total = co_await error_of<http::timeout_error>(hurried());
    CHECK(total.phase() == http::phase::connect);
    CHECK(total.limit_name() == "total_timeout");
    CHECK_THAT(total.what(), Catch::Contains("allow more with .timeout() of the request"));
    co_await until([&] { return patient.stats().connections == 0; });
}

GYRE_TEST("without file descriptors a request waits for one, within the time limits", "[http][client][fault]") {
    // The listener in this process runs out too, and says so.
    gyre::event_loop::current().set_exception_handler([](const gyre::unhandled_error&) {});
    scripted_server server(answer_with(ok_response("x")));
    http::client_options options;
    options.connect_timeout = 60ms;
    http::client hurried(options);
    http::client patient;
    {
        descriptor_limit none;
        const auto e = co_await error_of<http::connect_error>(fetch(hurried, server.url()));
        CHECK(e.code() == std::errc::too_many_files_open);
        CHECK_THAT(e.what(), Catch::Contains("too many files") && Catch::Contains("ulimit"));
        auto waiting = gyre::spawn(fetch(patient, server.url()));
        const auto steps = gyre::event_loop::current().stats().steps;
        co_await gyre::sleep(100ms);
        // It waits, and does not spin.
        CHECK(gyre::event_loop::current().stats().steps - steps < 200);
        CHECK(!waiting.done());
        none.lift();
        const std::string body = co_await waiting;
        CHECK(body == "x");
    }
    co_await server.stop();
}

GYRE_TEST("an idle connection gives its file descriptor to one that is needed", "[http][client][fault]") {
    // The listener in this process runs out too, and says so.
    gyre::event_loop::current().set_exception_handler([](const gyre::unhandled_error&) {});
    scripted_server a(answer_with(ok_response("a")));
    const auto lazy = [](scripted_peer& peer) -> task<> {
        const std::string request = co_await peer.request();
        co_await peer.send(ok_response("b"));
    };
    // In its backlog: accepting would need a descriptor too, and gets that of the other side's end.
    scripted_server b(lazy);
    http::client client;
    const std::string from_a = co_await fetch(client, a.url());
    CHECK(client.stats().idle == 1);
    descriptor_limit none;
    const std::string from_b = co_await fetch(client, b.url());
    CHECK(from_b == "b");
    none.lift();
    co_await a.stop();
    co_await b.stop();
}

GYRE_TEST("a server's early answer is taken although the upload fails", "[http][client][fault]") {
    event answered;
    const auto script = [&answered](scripted_peer& peer) -> task<> {
        const std::string head = co_await peer.stream.read_until("\r\n\r\n");
        co_await peer.send("HTTP/1.1 413 Content Too Large\r\nConnection: close\r\nContent-Length: 5\r\n\r\nlarge");
        co_await peer.stream.shutdown_write();
        // Closing with what the client has sent unread is a reset, which would overtake the answer.
        co_await answered.wait();
    };
    scripted_server server(script);
    http::client client;
    auto response = co_await client.post(server.url()).body(std::string(20'000'000, 'x'));
    CHECK(response.status() == 413);
    const std::string body = co_await response.text();
    answered.set();
    CHECK(body == "large");
    CHECK(client.stats().connections == 0);
    co_await server.stop();
}
