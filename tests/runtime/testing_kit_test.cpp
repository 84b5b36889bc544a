// gyre/testing itself: what it runs, what it finds, and how it says so.
#include <fcntl.h>
#include <unistd.h>

#include <algorithm>
#include <stdexcept>
#include <string>
#include <vector>

#include "debug_support.hpp"

using Catch::Contains;
using gyre::task;
using gyre::test::scoped_environment;
using namespace std::chrono_literals;
namespace testing = gyre::testing;

namespace {

struct here;
using tracked = testing::live_object<here>;

}  // namespace

TEST_CASE("backends() are those that can be had, or the one that GYRE_BACKEND names", "[testing]") {
    const std::string under_test = gyre::test::backend();
    {
        const scoped_environment chosen("GYRE_BACKEND", under_test.c_str());
        CHECK(testing::backends() == std::vector<std::string>{under_test});
    }
    const scoped_environment all("GYRE_BACKEND", nullptr);
    const auto found = testing::backends();
    std::string why_not;
    CHECK(found.back() == "asio");
    CHECK((found.front() == "uring") == testing::backend_available("uring", why_not));
    CHECK_FALSE(testing::backend_available("no such", why_not));
    CHECK_FALSE(why_not.empty());
}

TEST_CASE("run_on_every_backend runs the body once on each, and announces it before", "[testing]") {
    const scoped_environment all("GYRE_BACKEND", nullptr);  // as users run their tests
    std::vector<std::string> announced;
    std::vector<std::string> ran;
    testing::run_on_every_backend(
        [&]() -> task<> {
            co_await gyre::yield();
            ran.emplace_back(gyre::event_loop::current().backend_name());
        },
        gyre::loop_options(), [&](const std::string& name) { announced.push_back(name); });
    CHECK(ran == testing::backends());
    CHECK(announced == ran);
}

TEST_CASE("under virtual_time() an hour takes no time", "[testing]") {
    const gyre::test::wall_stopwatch wall;
    testing::run_on_every_backend([]() -> task<> { co_await gyre::sleep(1h); }, testing::virtual_time());
    CHECK(wall.elapsed() < 10s);
}

TEST_CASE("what the body throws comes out as it is, and the next backend is not tried", "[testing]") {
    const scoped_environment all("GYRE_BACKEND", nullptr);  // as users run their tests
    int runs = 0;
    const auto body = [&]() -> task<> {
        ++runs;
        throw std::out_of_range("the user's own");
        co_return;
    };
    CHECK_THROWS_AS(testing::run_on_every_backend(body), std::out_of_range);
    CHECK(runs == 1);
}

TEST_CASE("an error that nobody handles fails the run, with the backend's name", "[testing]") {
    const auto body = []() -> task<> {
        auto fails = []() -> task<> {
            throw std::runtime_error("lost");
            co_return;
        };
        gyre::spawn(fails(), "loser");
        co_await gyre::yield();
        co_await gyre::yield();
    };
    CHECK_THROWS_AS(testing::run_on_every_backend(body), testing::failure);
    CHECK_THROWS_WITH(testing::run_test(body, gyre::test::options()), Contains("on the " + gyre::test::backend() + " backend") &&
                                                                          Contains("the error of 'loser' was never retrieved") &&
                                                                          Contains("lost"));
}

TEST_CASE("a file descriptor that stays open fails the run and is named", "[testing]") {
    int left = -1;
    const auto body = [&]() -> task<> {
        left = ::open("/dev/null", O_RDONLY | O_CLOEXEC);
        co_return;
    };
    const auto found = testing::inspect_run(body, gyre::test::options());
    ::close(left);
    REQUIRE(found.size() == 1);
    CHECK(found[0] == "still open after the loop closed: fd " + std::to_string(left) + " (/dev/null)");
}

TEST_CASE("inspect_run leaves out the errors that are known", "[testing]") {
    const auto body = []() -> task<> {
        gyre::event_loop::current().call_soon([] { throw std::out_of_range("known"); });
        gyre::event_loop::current().call_soon([] { throw std::runtime_error("unknown"); });
        co_await gyre::yield();
    };
    const auto is_known = [](const std::exception_ptr& error) {
        try {
            std::rethrow_exception(error);
        } catch (const std::out_of_range&) {
            return true;
        } catch (...) {
            return false;
        }
    };
    const auto found = testing::inspect_run(body, gyre::test::options(), is_known);
    REQUIRE(found.size() == 1);
    CHECK_THAT(found[0], Contains("unknown"));
}

TEST_CASE("live_object counts what lives, is copied and moved", "[testing]") {
    tracked::reset();
    {
        tracked a(1);
        tracked b = a;
        const tracked c = std::move(a);
        CHECK(tracked::alive() == 3);
        CHECK(tracked::copies() == 1);
        CHECK(tracked::moves() == 1);
        CHECK(a.value() == tracked::moved_from);
        CHECK(b == c);
    }
    CHECK(tracked::alive() == 0);
}

TEST_CASE("cancel_at_every_await cancels once at each await, and once not at all", "[testing]") {
    int cancelled = 0;
    int finished = 0;
    int after = 0;
    const auto script = [&]() -> task<> {
        try {
            co_await gyre::yield();
            co_await gyre::sleep(1h);
            co_await gyre::yield();
        } catch (const gyre::cancelled_error&) {
            ++cancelled;
            throw;
        }
        ++finished;
    };
    const std::size_t runs = testing::cancel_at_every_await(script, [&] { ++after; }, testing::virtual_time(gyre::test::options()));
    CHECK(finished == 1);
    CHECK(cancelled == 3);
    CHECK(static_cast<int>(runs) == cancelled + 1);  // once it had not started
    CHECK(after == static_cast<int>(runs) + 1);
}

TEST_CASE("cancel_at_every_await passes a script's own error on", "[testing]") {
    const auto script = []() -> task<> {
        co_await gyre::yield();
        throw std::out_of_range("the script's");
    };
    CHECK_THROWS_AS(testing::cancel_at_every_await(script, {}, gyre::test::options()), std::out_of_range);
}
