// ctest: backend=none
#include <gyre/fs/detail/placement.hpp>

#include <catch2/catch.hpp>
#include <optional>
#include <string>

using namespace gyre::detail;
using namespace std::chrono_literals;

namespace {
constexpr std::optional<bool> not_asked;
constexpr std::optional<bool> waited = true;
constexpr std::optional<bool> only_preempted = false;
}  // namespace

TEST_CASE("calls stay in the loop's thread while they are quick", "[placement]") {
    stall_guard guard;
    stall_guard::time_point now = 100s;
    for (int i = 0; i < 100; ++i) {
        REQUIRE(guard.allows(now));
        REQUIRE_FALSE(guard.suspicious(now));
        guard.observe(now, now + 4ms, not_asked);
        now += 4ms;
    }
}

TEST_CASE("a slow call arouses suspicion, which passes", "[placement]") {
    stall_guard guard;
    stall_guard::time_point now = 100s;
    guard.observe(now, now + 200ms, not_asked);
    now += 200ms;
    REQUIRE(guard.allows(now));
    REQUIRE(guard.suspicious(now));
    REQUIRE_FALSE(guard.suspicious(now + stall_guard::suspicion));
}

TEST_CASE("a thread that was only kept from its CPU goes on as before", "[placement]") {
    stall_guard guard;
    stall_guard::time_point now = 100s;
    guard.observe(now, now + 200ms, not_asked);
    for (int i = 0; i < 10; ++i) {
        now += 200ms;
        guard.observe(now, now + 200ms, only_preempted);
        REQUIRE(guard.allows(now + 200ms));
    }
}

TEST_CASE("after a call that really waited the backend has them, longer each time in a row", "[placement]") {
    stall_guard guard;
    stall_guard::time_point now = 100s;
    std::chrono::nanoseconds pause = stall_guard::first_pause;
    for (int i = 0; i < 10; ++i) {
        REQUIRE(guard.allows(now));
        guard.observe(now, now + 200ms, waited);
        now += 200ms;
        REQUIRE_FALSE(guard.allows(now));
        REQUIRE_FALSE(guard.allows(now + pause - 1ms));
        now += pause;
        REQUIRE(guard.suspicious(now));
        pause = std::min<std::chrono::nanoseconds>(2 * pause, stall_guard::longest_pause);
    }
    // One that is quick makes it all good.
    REQUIRE(guard.allows(now));
    guard.observe(now, now, waited);
    guard.observe(now, now + 200ms, waited);
    REQUIRE(guard.allows(now + 200ms + stall_guard::first_pause));
}

TEST_CASE("a path's directory", "[placement]") {
    REQUIRE(parent_of("file") == ".");
    REQUIRE(parent_of("") == ".");
    REQUIRE(parent_of("/file") == "/");
    REQUIRE(parent_of("//file") == "/");
    REQUIRE(parent_of("/") == "/");
    REQUIRE(parent_of("a/b") == "a");
    REQUIRE(parent_of("a/b/") == "a");
    REQUIRE(parent_of("a//b//") == "a");
    REQUIRE(parent_of("/a/b/c") == "/a/b");
}

TEST_CASE("the newest directories are known, the oldest forgotten", "[placement]") {
    known_directories known;
    using kind = known_directories::kind;
    REQUIRE(known.find("/tmp") == kind::unknown);
    for (int i = 0; i < 100; ++i) known.learn("/d" + std::to_string(i), i % 2 == 0 ? kind::local : kind::other);
    REQUIRE(known.find("/d98") == kind::local);
    REQUIRE(known.find("/d99") == kind::other);
    REQUIRE(known.find("/d0") == kind::unknown);
    known.learn("/d99", kind::local);
    REQUIRE(known.find("/d99") == kind::local);
    REQUIRE(known.find("/d98") == kind::local);
}

TEST_CASE("a directory of no local file system is never taken for one", "[placement]") {
    REQUIRE_FALSE(lies_in_local_directory("/proc/self/x"));
    learn_parent_of("/proc/self/x");
    REQUIRE_FALSE(lies_in_local_directory("/proc/self/x"));
    learn_parent_of("/no/such/directory/x");
    REQUIRE_FALSE(lies_in_local_directory("/no/such/directory/x"));
}
