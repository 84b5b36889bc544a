// ctest: serial
// Running out of file descriptors, while accepting and while connecting.
#include "net/pair.hpp"
#include "support/descriptor_limit.hpp"
#include "support/test.hpp"
#include "support/until.hpp"

#include <sys/resource.h>
#include <sys/time.h>
#include <unistd.h>

#include <chrono>
#include <string>
#include <utility>
#include <vector>

using namespace gyre;
using namespace std::chrono_literals;

namespace {

duration cpu_time() {
    rusage used{};
    ::getrusage(RUSAGE_SELF, &used);
    const auto of = [](const timeval& t) { return std::chrono::seconds(t.tv_sec) + std::chrono::microseconds(t.tv_usec); };
    return of(used.ru_utime) + of(used.ru_stime);
}

}  // namespace

GYRE_TEST("out of descriptors, accepting asks for room, and takes it in silence", "[listener]") {
    std::vector<std::string> said;
    event_loop::current().set_exception_handler([&said](const unhandled_error& e) { said.push_back(e.message); });
    net::listener l = net::listen("127.0.0.1", 0);
    net::stream client = co_await net::connect(l.local_address());
    int to_close = ::dup(0);
    int asked = 0;
    l.on_shortage([&] {
        ++asked;
        if (to_close < 0) return false;
        ::close(std::exchange(to_close, -1));
        return true;
    });
    const test::descriptor_limit exhausted;
    net::stream accepted = co_await l.accept();
    CHECK(accepted);
    CHECK(asked == 1);
    CHECK(said.empty());
    // Nobody can make room any more: it waits and says so.
    exhausted.lift();
    net::stream second = co_await net::connect(l.local_address());
    exhausted.allow(0);
    auto accept_one = [](net::listener& from) -> task<net::stream> {
        net::stream taken = co_await from.accept();
        co_return taken;
    };
    auto waiting = spawn(accept_one(l));
    co_await test::until([&] { return said.size() == 1; });
    CHECK(asked >= 2);
    exhausted.lift();
    net::stream late = co_await std::move(waiting);
    CHECK(late);
}

GYRE_TEST("out of descriptors, accepting waits without spinning, says so once, and recovers", "[listener]") {
    std::vector<std::string> said;
    event_loop::current().set_exception_handler([&said](const unhandled_error& e) { said.push_back(e.message); });
    net::listener l = net::listen("127.0.0.1", 0);
    std::vector<net::stream> clients;
    for (int i = 0; i < 3; ++i) {
        net::stream c = co_await net::connect(l.local_address());
        clients.push_back(std::move(c));
    }
    std::vector<net::stream> accepted;
    auto accepting = [&accepted](net::listener& from) -> task<> {
        for (int i = 0; i < 3; ++i) {
            net::stream s = co_await from.accept();
            accepted.push_back(std::move(s));
        }
    };
    {
        const test::descriptor_limit exhausted;
        auto server = spawn(accepting(l));
        co_await yield();
        const auto ticks = event_loop::current().stats().ticks;
        const duration cpu = cpu_time();
        co_await sleep(400ms);
        CHECK_FALSE(server.done());
        CHECK(event_loop::current().stats().ticks - ticks < 50);
        CHECK(cpu_time() - cpu < 100ms);
        REQUIRE(said.size() == 1);
        CHECK_THAT(said.front(), Catch::Contains(l.local_address().to_string()) && Catch::Contains("Too many open files"));
        // One descriptor at a time: it goes on, and runs out again.
        exhausted.allow(1);
        co_await test::until([&] { return accepted.size() == 1; });
        CHECK_FALSE(server.done());
        exhausted.allow(2);
        co_await server;
        CHECK(accepted.size() == 3);
    }
    co_await l.close();
}

GYRE_TEST("an accept that waits for descriptors can be cancelled, and ended by a close", "[listener]") {
    int said = 0;
    event_loop::current().set_exception_handler([&said](const unhandled_error&) { ++said; });
    net::listener l = net::listen("127.0.0.1", 0);
    net::stream client = co_await net::connect(l.local_address());
    auto accepting = [](net::listener& from) -> task<net::stream> { co_return co_await from.accept(); };
    {
        const test::descriptor_limit exhausted;
        auto cancelled = spawn(accepting(l));
        auto closed = spawn(accepting(l));
        co_await test::until([&] { return said == 1; });
        cancelled.cancel();
        bool was_cancelled = false;
        try {
            co_await std::move(cancelled);
        } catch (const cancelled_error&) {
            was_cancelled = true;
        }
        CHECK(was_cancelled);
        CHECK_FALSE(closed.done());
        co_await l.close();
        const auto caught = co_await test::error_of<net::error>(std::move(closed));
        CHECK(caught.code() == net::errc::closed);
    }
}

GYRE_TEST("out of descriptors, connecting fails with the cure in the message, and works again later", "[connect]") {
    net::listener l = net::listen("127.0.0.1", 0);
    const std::vector<net::address> several(3, l.local_address());
    {
        const test::descriptor_limit exhausted;
        const auto caught = co_await test::error_of<net::connect_error>(net::connect(several, "several"));
        CHECK(caught.code() == std::errc::too_many_files_open);
        CHECK_THAT(caught.what(), Catch::Contains("ulimit -n"));
        // The other addresses would have failed alike.
        CHECK(caught.attempts().size() == 1);
    }
    net::stream c = co_await net::connect(l.local_address());
    CHECK(c);
}
