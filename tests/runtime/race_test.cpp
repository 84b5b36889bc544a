#include <stdexcept>
#include <string>
#include <vector>

#include "support/cancel_ends.hpp"
#include "support/test.hpp"

using namespace std::chrono_literals;

namespace {

gyre::task<int> later(int n, std::chrono::milliseconds d, bool* cleaned = nullptr) {
    try {
        co_await gyre::sleep(d);
    } catch (const gyre::cancelled_error&) {
        if (cleaned != nullptr) *cleaned = true;
        throw;
    }
    co_return n;
}
gyre::task<std::string> word(std::string w, std::chrono::milliseconds d) {
    co_await gyre::sleep(d);
    co_return w;
}
gyre::task<int> failing(std::string what, std::chrono::milliseconds d) {
    co_await gyre::sleep(d);
    throw std::runtime_error(what);
}

}  // namespace

GYRE_TEST_VIRTUAL("race gives the first value and who it is, when the losers have been cancelled and awaited") {
    bool cleaned = false;
    auto slow = later(1, 100ms, &cleaned);
    auto quick = word("w", 1ms);
    const auto first = co_await gyre::race(std::move(slow), std::move(quick));
    CHECK(first.index() == 1);
    CHECK(std::get<1>(first) == "w");
    CHECK(cleaned);
    std::vector<gyre::task<int>> many;
    for (int i = 0; i < 10; ++i) many.push_back(later(i, std::chrono::milliseconds(20 - i)));
    const auto winner = co_await gyre::race(std::move(many));
    CHECK(winner.first == 9);
    CHECK(winner.second == 9);
}

GYRE_TEST_VIRTUAL("race throws the winner's error") {
    std::string what;
    try {
        co_await gyre::race(later(1, 100ms), failing("first", 1ms));
    } catch (const std::runtime_error& e) {
        what = e.what();
    }
    CHECK(what == "first");
}

GYRE_TEST_VIRTUAL("race_results loses nothing that finished in the same tick") {
    const auto both = co_await gyre::race_results(later(1, 5ms), later(2, 5ms), later(3, 50ms));
    CHECK(std::get<0>(both) == 1);
    CHECK(std::get<1>(both) == 2);
    CHECK_FALSE(std::get<2>(both).has_value());
}

GYRE_TEST_VIRTUAL("first_success passes over failures") {
    const auto first = co_await gyre::first_success(failing("a", 1ms), later(2, 5ms), later(3, 50ms));
    CHECK(first.index() == 1);
}

GYRE_TEST_VIRTUAL("first_success throws every error when all fail") {
    std::size_t count = 0;
    try {
        co_await gyre::first_success(failing("a", 1ms), failing("b", 2ms));
    } catch (const gyre::exception_group& group) {
        count = group.for_each<std::runtime_error>([](const std::runtime_error&) {});
    }
    CHECK(count == 2);
}

GYRE_TEST("race of an empty vector is an error, not a hang") {
    bool refused = false;
    try {
        co_await gyre::race(std::vector<gyre::task<int>>());
    } catch (const gyre::invalid_state_error&) {
        refused = true;
    }
    CHECK(refused);
}

GYRE_TEST_VIRTUAL("cancelling a race cancels every child") {
    bool cleaned = false;
    auto caller = [&]() -> gyre::task<> { co_await gyre::race(later(1, 100ms, &cleaned), later(2, 100ms)); };
    const bool cancelled = co_await gyre::test::cancel_ends(caller());
    CHECK(cancelled);
    CHECK(cleaned);
}
