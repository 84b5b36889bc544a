// The dump of all tasks: a tree, with what each one waits for and where.
#include <sys/socket.h>
#include <unistd.h>

#include <string>
#include <vector>

#include "debug_support.hpp"

using Catch::Contains;
using gyre::task;
using namespace std::chrono_literals;

namespace {

// clang-format off
constexpr int naps_line = __LINE__; task<> naps() { co_await gyre::sleep(2500ms); }
constexpr int works_line = __LINE__; task<> works() { co_await naps(); }
constexpr int gathers_line = __LINE__; task<> gathers() { co_await gyre::gather(works(), naps()); }
constexpr int looks_line = __LINE__; task<std::string> looks() { co_await gyre::yield(); co_return gyre::debug::dump_tasks(); }
constexpr int asks_line = __LINE__; task<std::string> asks() { std::string dump = co_await looks(); co_return dump; }
// clang-format on

std::string at(int line) { return "() at dump_tasks_test.cpp:" + std::to_string(line) + "\n"; }

std::vector<std::string> lines(const std::string& text) {
    std::vector<std::string> found;
    for (std::size_t begin = 0; begin < text.size();) {
        const std::size_t end = text.find('\n', begin);
        found.push_back(text.substr(begin, end - begin));
        begin = end + 1;
    }
    return found;
}

task<> turns(int n) {
    for (int i = 0; i < n; ++i) co_await gyre::yield();
}

}  // namespace

GYRE_TEST_VIRTUAL("the dump is a tree: children of a gather stand under it, each with its stack of awaits", "[debug]") {
    auto f = gyre::spawn(gathers(), "parent");
    co_await turns(3);
    const std::string dump = gyre::debug::dump_tasks();
    f.cancel();
    INFO(dump);
    const std::size_t begin = dump.find("task 'parent'");
    REQUIRE(begin != std::string::npos);
    const auto found = lines(dump.substr(begin));
    REQUIRE(found.size() >= 7);
    CHECK(found[0] == "task 'parent' waits: gather()");
    CHECK_THAT(found[1] + "\n", Catch::StartsWith("    ") && Catch::EndsWith("gathers" + at(gathers_line)));
    CHECK_THAT(found[2], Catch::StartsWith("  task '") && Contains("works()' waits: sleep, 2.5 s to go"));
    CHECK_THAT(found[3] + "\n", Catch::StartsWith("      ") && Catch::EndsWith("works" + at(works_line)));
    CHECK_THAT(found[4] + "\n", Catch::EndsWith("naps" + at(naps_line)));
    CHECK_THAT(found[5], Catch::StartsWith("  task '") && Contains("naps()' waits: sleep"));
    CHECK_THAT(found[6] + "\n", Catch::EndsWith("naps" + at(naps_line)));
}

GYRE_TEST_VIRTUAL("the children of a task_group and the body of a scope stand under their task", "[debug]") {
    auto grouped = []() -> task<> {
        co_await gyre::with(gyre::task_group(), [](gyre::task_group& g) -> task<> {
            g.spawn(naps(), "member");
            co_await gyre::sleep(1h);
        });
    };
    auto f = gyre::spawn(grouped(), "group owner");
    co_await turns(4);
    const std::string dump = gyre::debug::dump_tasks();
    f.cancel();
    INFO(dump);
    CHECK_THAT(dump, Contains("task 'group owner' waits: task_group\n"));
    CHECK_THAT(dump, Contains("\n  task 'group owner' (body) waits: sleep"));
    CHECK_THAT(dump, Contains("\n  task 'member' waits: sleep, 2.5 s to go\n"));
}

GYRE_TEST_VIRTUAL("the dump tells what a task waits on: a future by name, a lock by address, an operation by fd", "[debug]") {
    auto napping = gyre::spawn(naps(), "napping");
    auto waits = [](gyre::future<> on) -> task<> { co_await on; };
    auto waiting = gyre::spawn(waits(napping), "waiting");
    gyre::mutex m;
    const auto held = co_await m.lock();
    auto locks = [](gyre::mutex& what) -> task<> { const auto lock = co_await what.lock(); };
    auto one = gyre::spawn(locks(m), "one");
    auto two = gyre::spawn(locks(m), "two");
    int ends[2];
    REQUIRE(::socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, ends) == 0);
    auto reads = [](int fd) -> task<> { co_await gyre::wait_readable(fd); };
    auto reading = gyre::spawn(reads(ends[0]), "reading");
    co_await turns(3);
    const std::string dump = gyre::debug::dump_tasks();
    for (auto& f : {napping, one, two, reading}) gyre::any_future(f).cancel();
    co_await gyre::gather_outcomes(waiting, one, two, reading);
    ::close(ends[0]);
    ::close(ends[1]);
    INFO(dump);
    CHECK_THAT(dump, Contains("task 'waiting' waits: future 'napping'\n"));
    CHECK_THAT(dump, Contains("task 'reading' waits: poll on fd " + std::to_string(ends[0]) + "\n"));
    const auto address_after = [&](const std::string& before) {
        const std::size_t begin = dump.find(before);
        REQUIRE(begin != std::string::npos);
        return dump.substr(begin + before.size(), dump.find('\n', begin) - begin - before.size());
    };
    CHECK(address_after("task 'one' waits: mutex.lock") == address_after("task 'two' waits: mutex.lock"));
    CHECK_THAT(address_after("task 'one' waits: mutex.lock"), Catch::StartsWith(" (0x"));
}

GYRE_TEST("of the task that runs, the dump shows where it began", "[debug]") {
    auto f = gyre::spawn(asks(), "asking");
    const std::string dump = co_await f;
    INFO(dump);
    CHECK_THAT(dump, Contains("task 'asking' runs\n"));
    CHECK_THAT(dump, Contains("asks" + at(asks_line)));
}

TEST_CASE("in debug mode the dump also shows where the running task went on from", "[debug]") {
    const gyre::test::captured_reports reports;
    gyre::event_loop loop(gyre::test::debug_options());
    const std::string dump = loop.run_until_complete(loop.spawn(asks(), "asking"));
    INFO(dump);
    CHECK_THAT(dump, Contains("task 'asking' runs\n"));
    const std::size_t began = dump.find("asks" + at(asks_line));
    const std::size_t went_on = dump.find("looks" + at(looks_line));
    REQUIRE(began != std::string::npos);
    REQUIRE(went_on != std::string::npos);
    CHECK(began < went_on);
}

GYRE_TEST("a task that has not started, and one that was asked to cancel, are shown as such", "[debug]") {
    auto stubborn = []() -> task<> {
        try {
            co_await gyre::sleep(1h);
        } catch (const gyre::cancelled_error&) {
        }
        co_await gyre::sleep(1h);
    };
    auto asked = gyre::spawn(stubborn(), "asked");
    co_await turns(2);
    asked.cancel();
    co_await turns(2);
    auto fresh = gyre::spawn(naps(), "fresh");
    const std::string dump = gyre::debug::dump_tasks();
    asked.cancel();
    fresh.cancel();
    INFO(dump);
    CHECK_THAT(dump, Contains("task 'fresh' not started\n"));
    CHECK_THAT(dump, Contains("task 'asked' waits: sleep"));
    CHECK_THAT(dump, Contains(", asked to cancel\n"));
}
