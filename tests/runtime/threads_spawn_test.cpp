// ctest: threads
// spawn_threadsafe: a task handed to a loop by another thread, which waits for its result.
#include <atomic>
#include <future>
#include <stdexcept>
#include <string>
#include <thread>
#include <vector>

#include "support/test.hpp"

using namespace std::chrono_literals;

namespace {

// A loop that runs in a thread of its own, until it is closed.
class background_loop {
public:
    background_loop() : loop_(gyre::test::options()), runner_([this] { loop_.run_forever(); }) {}
    ~background_loop() { close(); }
    gyre::event_loop& operator*() { return loop_; }
    gyre::event_loop* operator->() { return &loop_; }
    void close() {
        if (!runner_.joinable()) return;
        loop_.call_soon_threadsafe([this] { loop_.stop(); });
        runner_.join();
        loop_.close();
    }

private:
    gyre::event_loop loop_;
    std::thread runner_;
};

gyre::task<std::thread::id> where() {
    co_await gyre::yield();
    co_return std::this_thread::get_id();
}
gyre::task<int> doubled(int n) {
    co_await gyre::sleep(1us);
    co_return 2 * n;
}
gyre::task<> fails() {
    co_await gyre::yield();
    throw std::runtime_error("on purpose");
}
gyre::task<> for_ever(std::atomic<bool>& started) {
    started = true;
    co_await gyre::sleep(1h);
}

}  // namespace

TEST_CASE("a task spawned from another thread runs in the loop's thread and gives its result") {
    background_loop loop;
    auto ran_in = loop->spawn_threadsafe(where());
    CHECK(ran_in.get() != std::this_thread::get_id());
    auto result = loop->spawn_threadsafe(doubled(21));
    CHECK(result.get() == 42);
    static int target = 5;
    auto reference = []() -> gyre::task<int&> { co_return target; };
    CHECK(&loop->spawn_threadsafe(reference()).get() == &target);
}

TEST_CASE("its error and its cancellation cross to the thread") {
    background_loop loop;
    CHECK_THROWS_WITH(loop->spawn_threadsafe(fails()).get(), "on purpose");
    std::atomic<bool> started = false;
    auto cancelled = loop->spawn_threadsafe(for_ever(started));
    while (!started) std::this_thread::yield();
    loop->call_soon_threadsafe([&] {
        for (auto& task : loop->all_tasks()) task.cancel();
    });
    CHECK_THROWS_AS(cancelled.get(), gyre::cancelled_error);
}

TEST_CASE("a loop that closes cancels the task, and refuses one that has not started") {
    struct here {};
    using counted = gyre::test::live_object<here>;
    counted::reset();
    const auto holding = [](counted held, std::atomic<bool>& started) -> gyre::task<int> {
        co_await for_ever(started);
        co_return held.value();
    };
    std::atomic<bool> started = false;
    {
        background_loop loop;
        auto running = loop->spawn_threadsafe(holding(counted(1), started));
        while (!started) std::this_thread::yield();
        loop.close();
        CHECK_THROWS_AS(running.get(), gyre::cancelled_error);
        CHECK_THROWS_AS(loop->spawn_threadsafe(holding(counted(2), started)), gyre::invalid_state_error);
    }
    {
        gyre::event_loop never_runs(gyre::test::options());
        auto waiting = never_runs.spawn_threadsafe(holding(counted(3), started));
        never_runs.close();
        CHECK_THROWS_AS(waiting.get(), gyre::invalid_state_error);
    }
    CHECK(counted::alive() == 0);
}

TEST_CASE("an empty task is refused at once") {
    gyre::event_loop loop(gyre::test::options());
    CHECK_THROWS_AS(loop.spawn_threadsafe(gyre::task<int>()), gyre::invalid_state_error);
}

TEST_CASE("dropping the future leaves the task running") {
    background_loop loop;
    std::promise<void> ended;
    auto work = [&]() -> gyre::task<> {
        co_await gyre::sleep(1ms);
        ended.set_value();
    };
    static_cast<void>(loop->spawn_threadsafe(work()));
    ended.get_future().get();
}

TEST_CASE("frames made in one thread are freed in another, both ways, in great number") {
    background_loop loop;
    std::vector<std::thread> askers;
    std::atomic<long> sum = 0;
    constexpr int threads = 4;
    constexpr int each = 5000;
    for (int t = 0; t < threads; ++t)
        askers.emplace_back([&] {
            std::vector<std::future<int>> answers;
            for (int i = 0; i < each; ++i) {
                answers.push_back(loop->spawn_threadsafe(doubled(i)));
                // Frames from the loop's thread come back and are freed here.
                if (i % 100 == 0) {
                    auto task = loop->spawn_threadsafe([]() -> gyre::task<gyre::task<int>> { co_return doubled(1); }()).get();
                    sum += task ? 1 : 0;
                }
            }
            for (auto& answer : answers) sum += answer.get();
        });
    for (auto& asker : askers) asker.join();
    CHECK(sum == threads * (static_cast<long>(each) * (each - 1) + each / 100));
}
