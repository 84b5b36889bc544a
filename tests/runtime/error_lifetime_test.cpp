// ctest: threads
// How long errors live, and whose they are said to be.
#include <memory>
#include <stdexcept>
#include <string>
#include <thread>
#include <vector>

#include "support/test.hpp"

using namespace gyre;
using namespace std::chrono_literals;
using Catch::Contains;

namespace {

struct errors;
using counted = gyre::test::live_object<errors>;
struct counted_error : std::runtime_error {
    counted_error() : std::runtime_error("counted") {}
    counted here;
};

task<int> fails() {
    co_await yield();
    throw counted_error();
}
task<> turns(int n) {
    for (int i = 0; i < n; ++i) co_await yield();
}

loop_options options(bool debug) {
    loop_options o = gyre::test::options();
    o.debug = debug;
    o.shuffle = false;
    return o;
}

}  // namespace

TEST_CASE("errors of tasks from other threads live no longer than who receives them") {
    for (const bool debug : {false, true}) {
        counted::reset();
        event_loop loop(options(debug));
        int received = 0;
        std::thread caller([&] {
            for (int i = 0; i < 50; ++i) try {
                    loop.spawn_threadsafe(fails()).get();
                } catch (const counted_error&) {
                    ++received;
                }
            loop.call_soon_threadsafe([&] { loop.stop(); });
        });
        loop.run_forever();
        caller.join();
        loop.run_until_complete(turns(200));
        CHECK(received == 50);
        CHECK(counted::alive() == 0);
        loop.close();
    }
}

TEST_CASE("errors of tasks that were submitted to a shard live no longer than who receives them") {
    for (const bool debug : {false, true}) {
        counted::reset();
        {
            shards there(1, options(debug));
            int received = 0;
            const auto main = [&]() -> task<> {
                for (int i = 0; i < 50; ++i) try {
                        co_await there.submit_to(0, [] { return fails(); });
                    } catch (const counted_error&) {
                        ++received;
                    }
                co_await there.submit_to(0, [] { return turns(200); });
                co_await turns(200);
            };
            gyre::test::run(main);
            CHECK(received == 50);
            CHECK(counted::alive() == 0);
        }
    }
}

GYRE_TEST("an error that was caught is gone when the loop goes to sleep") {
    counted::reset();
    try {
        co_await fails();
    } catch (const counted_error&) {
    }
    const auto asleep = [] { return counted::alive(); };
    long seen = -1;
    event_loop::current().call_later(5ms, [&] { seen = asleep(); });
    co_await gyre::sleep(10ms);
    CHECK(seen == 0);
}

TEST_CASE("an error that nobody retrieved is reported with its task, which the handler may keep") {
    std::vector<unhandled_error> seen;
    {
        event_loop loop(gyre::test::options());
        loop.set_exception_handler([&](const unhandled_error& e) { seen.push_back(e); });
        const auto main = []() -> task<> {
            spawn(fails());
            spawn(fails(), "named");
            co_await turns(5);
        };
        loop.run_until_complete(main());
        REQUIRE(seen.size() == 2);
        CHECK_THAT(seen[0].message, Contains("fails()") && Contains("error_lifetime_test.cpp"));
        CHECK_THAT(seen[0].source.name(), Contains("fails()"));
        CHECK_THAT(seen[1].message, Contains("'named'"));
        CHECK(seen[1].source.name() == "named");
        CHECK(seen[1].source.done());
        CHECK(seen[1].source.exception() != nullptr);
        seen.clear();
    }
    CHECK(seen.empty());
}
