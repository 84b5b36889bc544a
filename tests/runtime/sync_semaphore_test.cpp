#include "sync_support.hpp"

using namespace gyre;
using namespace std::chrono_literals;
using gyre::test::settle;
using gyre::test::turns;

namespace {

task<> take(semaphore& s, std::size_t n, std::vector<int>& order, int id) {
    const auto permit = co_await s.acquire(n);
    order.push_back(id);
    co_await yield();
}

}  // namespace

GYRE_TEST_VIRTUAL("a semaphore lets in as many as it has permits", "[sync][semaphore]") {
    semaphore s(3);
    int inside = 0;
    int most = 0;
    const auto worker = [&]() -> task<> {
        const auto permit = co_await s.acquire();
        most = std::max(most, ++inside);
        co_await turns(3);
        --inside;
    };
    std::vector<future<void>> all;
    for (int i = 0; i < 10; ++i) all.push_back(spawn(worker()));
    for (auto& f : all) co_await f;
    REQUIRE(most == 3);
    REQUIRE(s.available() == 3);
    REQUIRE_FALSE(s.locked());
}

GYRE_TEST_VIRTUAL("permits are given in the order of asking, and a small request does not pass a large one", "[sync][semaphore]") {
    semaphore s(3);
    std::vector<int> order;
    std::optional<semaphore::permit> held(co_await s.acquire(2));
    auto large = spawn(take(s, 3, order, 1));
    auto small = spawn(take(s, 1, order, 2));
    co_await settle();
    REQUIRE(order.empty());
    REQUIRE(s.available() == 1);
    REQUIRE(s.locked());
    REQUIRE_FALSE(s.try_acquire().has_value());
    held.reset();
    co_await large;
    co_await small;
    REQUIRE(order == std::vector<int>{1, 2});
    REQUIRE(s.available() == 3);
}

GYRE_TEST_VIRTUAL("many small requests never starve a large one", "[sync][semaphore]") {
    semaphore s(4);
    bool stop = false;
    const auto small = [&]() -> task<> {
        while (!stop) {
            const auto permit = co_await s.acquire();
            co_await yield();
        }
    };
    std::vector<future<void>> all;
    for (int i = 0; i < 8; ++i) all.push_back(spawn(small()));
    co_await settle();
    {
        const auto everything = co_await s.acquire(4);
        REQUIRE(s.available() == 0);
        REQUIRE(everything.count() == 4);
    }
    stop = true;
    for (auto& f : all) co_await f;
    REQUIRE(s.available() == 4);
}

GYRE_TEST_VIRTUAL("cancelling a large request at the head serves the small ones behind it", "[sync][semaphore]") {
    semaphore s(2);
    std::vector<int> order;
    const auto held = co_await s.acquire();
    auto large = spawn(take(s, 2, order, 1));
    auto small = spawn(take(s, 1, order, 2));
    co_await settle();
    REQUIRE(order.empty());
    large.cancel();
    co_await small;
    REQUIRE(large.cancelled());
    REQUIRE(order == std::vector<int>{2});
    REQUIRE(s.available() == 1);
}

GYRE_TEST_VIRTUAL("permits that were given before a cancel are delivered", "[sync][semaphore]") {
    semaphore s(0);
    bool got = false;
    const auto body = [&]() -> task<> {
        const auto permit = co_await s.acquire(2);
        got = true;
        co_await yield();
    };
    auto f = spawn(body());
    co_await settle();
    s.release(2);
    f.cancel();
    co_await settle();
    REQUIRE(got);
    REQUIRE(f.cancelled());
    REQUIRE(s.available() == 2);
}

GYRE_TEST_VIRTUAL("a permit returns when released early, moved over, or dropped; once each", "[sync][semaphore]") {
    semaphore s(3);
    semaphore::permit a = co_await s.acquire();
    a.release();
    REQUIRE(s.available() == 3);
    REQUIRE_FALSE(a);
    REQUIRE_THROWS_AS(a.release(), invalid_state_error);
    semaphore::permit b = co_await s.acquire(2);
    semaphore::permit c = co_await s.acquire(1);
    REQUIRE(s.available() == 0);
    c = std::move(b);
    REQUIRE_FALSE(b);
    REQUIRE(s.available() == 1);
    {
        const semaphore::permit d = std::move(c);
        REQUIRE(d.count() == 2);
    }
    REQUIRE(s.available() == 3);
}

GYRE_TEST_VIRTUAL("a forgotten permit does not return", "[sync][semaphore]") {
    semaphore s(2);
    {
        auto permit = co_await s.acquire();
        permit.forget();
        REQUIRE_FALSE(permit);
    }
    REQUIRE(s.available() == 1);
    s.release();
    REQUIRE(s.available() == 2);
}

GYRE_TEST_VIRTUAL("release() adds permits and serves all it can", "[sync][semaphore]") {
    semaphore s(0);
    std::vector<int> order;
    std::vector<future<void>> all;
    for (int i = 0; i < 3; ++i) all.push_back(spawn(take(s, 1, order, i)));
    co_await settle();
    s.release(2);
    // Each returns its permit, which serves the third.
    for (auto& f : all) co_await f;
    REQUIRE(order == std::vector<int>{0, 1, 2});
    REQUIRE(s.available() == 2);
}

GYRE_TEST_VIRTUAL("acquiring none never waits", "[sync][semaphore]") {
    semaphore s(0);
    const auto none = co_await s.acquire(0);
    REQUIRE(none.count() == 0);
    s.release(0);
    REQUIRE(s.available() == 0);
}

GYRE_TEST_VIRTUAL("try_acquire takes all or nothing", "[sync][semaphore]") {
    semaphore s(2);
    REQUIRE_FALSE(s.try_acquire(3).has_value());
    REQUIRE(s.available() == 2);
    const auto both = s.try_acquire(2);
    REQUIRE(both.has_value());
    REQUIRE_FALSE(s.try_acquire().has_value());
    co_return;
}

GYRE_TEST_VIRTUAL("a bounded semaphore cannot be released above its initial number", "[sync][semaphore]") {
    bounded_semaphore s(2);
    REQUIRE_THROWS_AS(s.release(), invalid_state_error);
    {
        auto permit = co_await s.acquire();
        permit.forget();
    }
    s.release();
    REQUIRE(s.available() == 2);
    REQUIRE_THROWS_AS(s.release(), invalid_state_error);
    semaphore& base = s;
    REQUIRE_THROWS_AS(base.release(), invalid_state_error);
    REQUIRE(s.available() == 2);
}

GYRE_TEST_VIRTUAL("asking a bounded semaphore for more than it has is an error, not a wait for ever", "[sync][semaphore]") {
    bounded_semaphore s(2);
    bool refused = false;
    try {
        const auto permit = co_await s.acquire(3);
    } catch (const invalid_state_error&) {
        refused = true;
    }
    REQUIRE(refused);
}

GYRE_TEST_VIRTUAL("negative numbers of permits are errors", "[sync][semaphore]") {
    REQUIRE_THROWS_AS(semaphore(static_cast<std::size_t>(-1)), invalid_state_error);
    REQUIRE_THROWS_AS(bounded_semaphore(static_cast<std::size_t>(-5)), invalid_state_error);
    semaphore s(1);
    REQUIRE_THROWS_AS(s.release(static_cast<std::size_t>(-1)), invalid_state_error);
    REQUIRE_THROWS_AS(s.acquire(static_cast<std::size_t>(-1)), invalid_state_error);
    REQUIRE(s.available() == 1);
    co_return;
}

TEST_CASE("a permit that returns after release() returned it already is reported, and the bound holds", "[sync][semaphore]") {
    std::vector<std::string> reports;
    event_loop loop(test::options());
    loop.set_exception_handler([&](const unhandled_error& e) { reports.push_back(e.message); });
    const auto body = []() -> task<> {
        bounded_semaphore s(1);
        {
            const auto permit = co_await s.acquire();
            s.release();
        }
        REQUIRE(s.available() == 1);
    };
    loop.run_until_complete(body());
    REQUIRE(reports.size() == 1);
    REQUIRE(reports[0].find("release()") != std::string::npos);
}

GYRE_TEST_VIRTUAL("a time limit on acquire() takes nothing", "[sync][semaphore]") {
    semaphore s(1);
    const auto held = co_await s.acquire();
    bool timed_out = false;
    try {
        const auto never = co_await wait_for(s.acquire(), 1s);
    } catch (const timeout_error&) {
        timed_out = true;
    }
    REQUIRE(timed_out);
    REQUIRE(s.available() == 0);
}
