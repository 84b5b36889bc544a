// ctest: threads
// In debug mode what is a loop's thread's only says so when another thread does it while the loop runs. Never an end of the program.
#include <functional>
#include <string>
#include <thread>
#include <utility>
#include <vector>

#include "support/test.hpp"

using namespace gyre;
using namespace std::chrono_literals;
using Catch::Contains;

namespace {

task<> nothing() { co_return; }

std::string error_in_thread(const std::function<void()>& work) {
    std::string message = "no error";
    std::thread([&] {
        try {
            work();
        } catch (const invalid_state_error& e) {
            message = e.what();
        }
    }).join();
    return message;
}

}  // namespace

TEST_CASE("in debug mode a loop's own calls are refused in another thread while it runs") {
    loop_options options = gyre::test::options();
    options.debug = true;
    event_loop loop(options);
    const auto main = [&]() -> task<> {
        promise<int> unset;
        auto f = unset.get_future();
        const std::vector<std::pair<std::string, std::function<void()>>> calls = {
            {"spawn()", [&] { loop.spawn(nothing()); }},
            {"call_soon()", [&] { loop.call_soon([] {}); }},
            {"call_at()", [&] { loop.call_later(1s, [] {}); }},
            {"set_value", [&] { unset.set_value(1); }},
            {"future.cancel()", [&] { f.cancel(); }},
            {"add_done_callback()", [&] { f.add_done_callback([](const future<int>&) {}); }},
        };
        for (const auto& [name, call] : calls) {
            INFO(name);
            CHECK_THAT(error_in_thread(call), Contains(name) && Contains("another thread") && Contains("call_soon_threadsafe()"));
        }
        CHECK_FALSE(f.done());
        co_return;
    };
    loop.run_until_complete(main());
    // While it runs nowhere it is anybody's.
    CHECK(error_in_thread([&] { loop.call_soon([] {}); }) == "no error");
}

TEST_CASE("waking a running loop's tasks from a plain thread is refused, and wakes nobody") {
    event_loop loop(gyre::test::options());
    const auto main = [&]() -> task<> {
        event e;
        const auto waits = [&]() -> task<> { co_await e.wait(); };
        auto f = spawn(waits());
        co_await yield();
        co_await yield();
        CHECK_THAT(error_in_thread([&] { e.set(); }), Contains("event.set()") && Contains("call_soon_threadsafe()"));
        CHECK_FALSE(f.done());
        f.cancel();
        co_await gather_outcomes(f);
    };
    loop.run_until_complete(main());
}
