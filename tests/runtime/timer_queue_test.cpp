// ctest: backend=none
// Timers fire by deadline, equal ones in the order they were armed, wherever the queue keeps them.
#include <gyre/runtime/loop/timer_queue.hpp>

#include <algorithm>
#include <chrono>
#include <cstddef>
#include <deque>
#include <random>
#include <utility>
#include <vector>

#include "support/test.hpp"

using namespace std::chrono_literals;

namespace {

using gyre::detail::timer_queue;
using time_point = timer_queue::time_point;

struct recorder final : gyre::detail::timer {
    recorder(int n, std::vector<int>& into) : number(n), fired_order(into) {}
    void fired() noexcept override { fired_order.push_back(number); }
    void abandoned() noexcept override { fired_order.push_back(-number); }
    int number;
    std::vector<int>& fired_order;
};

const time_point start{};

}  // namespace

TEST_CASE("timers of a few lengths that alternate fire by deadline, equal ones in the order they were armed") {
    std::vector<int> order;
    std::deque<recorder> timers;
    timer_queue queue;
    std::vector<std::pair<time_point, int>> expected;
    for (int i = 0; i < 700; ++i) {
        const auto lengths = {10ms, 1000ms, 10ms, 300ms, 60000ms, 75000ms, 10ms};
        const time_point when = start + i / 3 * 1ms + *(lengths.begin() + i % 7);
        queue.arm(timers.emplace_back(i, order), when);
        expected.emplace_back(when, i);
    }
    std::sort(expected.begin(), expected.end());
    CHECK(queue.size() == 700);
    CHECK(queue.next_deadline() == expected.front().first);
    queue.fire(start + 500ms);
    CHECK(queue.size() == 700 - order.size());
    queue.fire(start + 1h);
    CHECK(queue.empty());
    REQUIRE(order.size() == expected.size());
    for (std::size_t i = 0; i < order.size(); ++i) REQUIRE(order[i] == expected[i].second);
}

TEST_CASE("timers of random deadlines fire in order while others are armed and disarmed") {
    std::mt19937 random(42);
    std::vector<int> order;
    std::deque<recorder> timers;
    std::vector<std::pair<time_point, int>> waiting;
    timer_queue queue;
    time_point now = start;
    int next = 0;
    for (int round = 0; round < 300; ++round) {
        for (int i = 0; i < 20; ++i) {
            const time_point when = now + std::chrono::milliseconds(random() % 50);
            queue.arm(timers.emplace_back(next, order), when);
            waiting.emplace_back(when, next++);
        }
        for (int i = 0; i < 5; ++i) {
            const std::size_t victim = random() % waiting.size();
            recorder& t = timers[static_cast<std::size_t>(waiting[victim].second)];
            CHECK(t.armed());
            queue.disarm(t);
            CHECK_FALSE(t.armed());
            waiting.erase(waiting.begin() + static_cast<std::ptrdiff_t>(victim));
        }
        now += 7ms;
        order.clear();
        queue.fire(now);
        std::sort(waiting.begin(), waiting.end());
        const auto due = std::find_if(waiting.begin(), waiting.end(), [now](const auto& w) { return w.first > now; });
        std::vector<int> expected;
        for (auto w = waiting.begin(); w != due; ++w) expected.push_back(w->second);
        REQUIRE(order == expected);
        waiting.erase(waiting.begin(), due);
        REQUIRE(queue.size() == waiting.size());
    }
    queue.abandon();
    CHECK(queue.empty());
}

TEST_CASE("disarming a timer that is not armed does nothing, and a timer can be armed again") {
    std::vector<int> order;
    timer_queue queue;
    recorder a(1, order);
    recorder b(2, order);
    queue.disarm(a);
    queue.arm(a, start + 1ms);
    queue.arm(b, start + 2ms);
    CHECK(a.deadline() == start + 1ms);
    queue.disarm(a);
    queue.disarm(a);
    queue.arm(a, start + 3ms);
    queue.fire(start + 3ms);
    CHECK(order == std::vector<int>{2, 1});
}
