// ctest: threads
// Orderly stop of shards with work in flight.
#include <atomic>
#include <memory>
#include <optional>
#include <stdexcept>
#include <thread>
#include <vector>

#include "runtime/shards_support.hpp"
#include "support/error_of.hpp"

using namespace std::chrono_literals;
using gyre::test::remote_state;
using gyre::test::sleep_there;
using gyre::test::until;

TEST_CASE("tasks left on the shards are cancelled, and their clean-up awaited") {
    const auto before = gyre::test::open_file_descriptors();
    remote_state state;
    std::atomic<int> cleaned_up = 0;
    {
        gyre::shards all(2, gyre::test::options());
        all.run_on_all([&]() -> gyre::task<> {
            gyre::spawn([&]() -> gyre::task<> {
                co_await gyre::try_finally([&] { return sleep_there(state); },
                                           [&]() -> gyre::task<> {
                                               co_await gyre::sleep(2ms);
                                               ++cleaned_up;
                                           });
            });
            co_await until(state.started, 1);
        });
        while (state.started < 2) std::this_thread::yield();
    }
    CHECK(state.cancelled == 2);
    CHECK(cleaned_up == 2);
    CHECK(gyre::test::opened_since(before).empty());
}

namespace {

// Until the shard that it runs on stops, which is so when none of them takes calls any more.
gyre::task<> hold_until_stopped(std::atomic<int>& started, std::atomic<bool>& held) {
    ++started;
    try {
        co_await gyre::sleep(1h);
    } catch (const gyre::cancelled_error&) {
        held = false;
        throw;
    }
}

}  // namespace

GYRE_TEST("who awaits a call from outside gets its end when the shards go") {
    std::optional<gyre::shards> all(std::in_place, 2, gyre::test::options());
    remote_state state;
    std::atomic<int> holding = 0;
    std::atomic<bool> held = true;
    const auto call = [&]() -> gyre::task<> { co_await all->submit_to(0, [&] { return sleep_there(state); }); };
    const auto call_other = [&]() -> gyre::task<> { co_await all->submit_to(1, [&] { return hold_until_stopped(holding, held); }); };
    auto running = gyre::spawn(call());
    auto holder = gyre::spawn(call_other());
    co_await until(state.started, 1);
    co_await until(holding, 1);
    // The shard is busy, so that what comes now is still under way when it stops.
    all->loop(0).call_soon_threadsafe([&] {
        while (held) std::this_thread::yield();
    });
    auto under_way = gyre::spawn(call());
    co_await gyre::yield();
    co_await gyre::yield();
    auto not_yet_begun = all->submit_to(0, [&] { return sleep_there(state); });
    all.reset();
    running.cancel();  // comes too late, and must not look for the shard
    const auto first = co_await gyre::as_outcome(running);
    CHECK(first.cancelled());
    const auto second = co_await gyre::as_outcome(under_way);
    CHECK_THROWS_AS(second.value(), gyre::invalid_state_error);
    co_await gyre::test::error_of<gyre::invalid_state_error>(std::move(not_yet_begun));
    const auto of_the_holder = co_await gyre::as_outcome(holder);
    CHECK(of_the_holder.cancelled());
    CHECK(state.started == 1);
    CHECK(state.cancelled == 1);
}

TEST_CASE("shards stop while they call one another, and while their callers cancel") {
    for (int round = 0; round < 60; ++round) {
        std::optional<gyre::shards> all(std::in_place, 3, gyre::test::options());
        std::atomic<int> inside = 0;
        std::atomic<long> calls = 0;
        gyre::shards& set = *all;
        // Each task calls another shard, whose task calls the next, and so on; some are cancelled on the way.
        const std::function<gyre::task<>(int)> chain = [&](int depth) -> gyre::task<> {
            ++inside;
            struct leave {
                std::atomic<int>& count;
                ~leave() { --count; }
            } const at_end{inside};
            ++calls;
            const std::size_t next = (gyre::shards::current() + 1) % set.size();
            if (depth == 0) {
                co_await gyre::sleep(1h);
            } else {
                auto work = [&chain, depth] { return chain(depth - 1); };
                if (depth % 2 == 0)
                    co_await set.submit_to(next, work);
                else
                    co_await gyre::wait_for(set.submit_to(next, work), 200us * (round % 5 + 1));
            }
        };
        for (std::size_t s = 0; s < set.size(); ++s)
            set.loop(s).call_soon_threadsafe([&chain] {
                for (int i = 0; i < 10; ++i)
                    gyre::spawn([&chain, i]() -> gyre::task<> {
                        try {
                            for (;;) {
                                try {
                                    co_await chain(i % 5);
                                } catch (const gyre::timeout_error&) {
                                }
                            }
                        } catch (const gyre::invalid_state_error&) {
                            // The shards are stopping.
                        }
                    });
            });
        while (calls < 30 + round * 10) std::this_thread::yield();
        all.reset();
        REQUIRE(inside == 0);
    }
}

TEST_CASE("an outside loop cancels its calls while another thread destroys the shards") {
    for (int round = 0; round < 60; ++round) {
        auto all = std::make_unique<gyre::shards>(2, gyre::test::options());
        gyre::shards& set = *all;
        remote_state state;
        std::atomic<bool> submitted = false;
        std::thread destroyer([&] {
            while (!submitted || state.started < 4) std::this_thread::yield();
            all.reset();
        });
        auto main = [&]() -> gyre::task<int> {
            std::vector<gyre::future<>> calls;
            for (int i = 0; i < 8; ++i)
                calls.push_back(
                    gyre::spawn([&](std::size_t to) -> gyre::task<> { co_await set.submit_to(to, [&] { return sleep_there(state); }); },
                                static_cast<std::size_t>(i % 2)));
            co_await gyre::yield();
            co_await gyre::yield();
            submitted = true;
            co_await until(state.started, 4);
            for (int i = 0; i < round % 7; ++i) co_await gyre::yield();
            for (auto& f : calls) f.cancel();
            int ended = 0;
            for (auto& f : calls) {
                const auto end = co_await gyre::as_outcome(f);
                if (!end.has_value()) ++ended;
            }
            co_return ended;
        };
        const int ended = gyre::run(main(), gyre::test::options());
        destroyer.join();
        REQUIRE(ended == 8);
        REQUIRE(state.cancelled == state.started);
    }
}

TEST_CASE("shards come and go without work, and leave nothing behind") {
    const auto before = gyre::test::open_file_descriptors();
    for (int i = 0; i < 30; ++i) gyre::shards all(2, gyre::test::options());
    CHECK(gyre::test::opened_since(before).empty());
}
