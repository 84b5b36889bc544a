// ctest: backend=none
// What any std::chrono duration means as a time limit.
#include <gyre/runtime/loop/duration.hpp>

#include <catch2/catch.hpp>
#include <chrono>
#include <cstdint>
#include <limits>

using namespace std::chrono_literals;

namespace {

using nanoseconds = std::chrono::nanoseconds;
using unsigned_seconds = std::chrono::duration<std::uint64_t>;
constexpr nanoseconds longest = nanoseconds::max() / 2;

constexpr nanoseconds limit(gyre::time_span d) { return d; }

}  // namespace

TEST_CASE("a duration counted in an unsigned number is as long as it says") {
    CHECK(limit(unsigned_seconds(2)) == 2s);
    CHECK(limit(std::chrono::duration<unsigned>(2)) == 2s);
    CHECK(limit(unsigned_seconds(0)) == 0s);
    CHECK(limit(unsigned_seconds(std::numeric_limits<std::uint64_t>::max())) == longest);
}

TEST_CASE("a duration that does not fit is as long as can be, in its direction") {
    CHECK(limit(std::chrono::hours::max()) == longest);
    CHECK(limit(std::chrono::hours::min()) == -longest);
    CHECK(limit(std::chrono::duration<double>(1e300)) == longest);
    CHECK(limit(std::chrono::duration<double>(-std::numeric_limits<double>::infinity())) == -longest);
}

TEST_CASE("a fraction of a nanosecond is rounded up, and what is no number is nothing") {
    CHECK(limit(std::chrono::duration<double, std::nano>(1.5)) == 2ns);
    CHECK(limit(std::chrono::duration<double>(std::numeric_limits<double>::quiet_NaN())) == 0ns);
    CHECK(limit(-2s) == -2s);
}
