// ctest: threads
// thread_channel: items between tasks of several loops and plain threads.
#include <atomic>
#include <memory>
#include <numeric>
#include <string>
#include <thread>
#include <vector>

#include "support/test.hpp"

using namespace std::chrono_literals;

namespace {

template <class T>
gyre::task<std::vector<T>> drain(gyre::thread_receiver<T> rx) {
    std::vector<T> all;
    for (;;) {
        auto item = co_await rx.next();
        if (!item) break;
        all.push_back(std::move(*item));
    }
    co_return all;
}

// One thread's numbered item.
struct numbered {
    int thread = 0;
    int number = 0;
};

}  // namespace

GYRE_TEST("items go from a thread to a task and back, in order") {
    auto to_task = gyre::thread_channel<int>(4);
    auto to_thread = gyre::thread_channel<int>(4);
    std::thread echo([rx = std::move(to_thread.rx), tx = std::move(to_task.tx)]() mutable {
        while (auto item = rx.blocking_next()) tx.blocking_send(*item + 1);
    });
    for (int i = 0; i < 1000; ++i) {
        co_await to_thread.tx.send(i);
        const int back = co_await to_task.rx.receive();
        REQUIRE(back == i + 1);
    }
    to_thread.tx.close();
    const auto end = co_await to_task.rx.next();
    CHECK_FALSE(end);
    echo.join();
}

GYRE_TEST("a full channel holds back a thread, an empty one a task; capacity 0 is from hand to hand") {
    for (const std::size_t capacity : {0U, 1U, 7U}) {
        auto ends = gyre::thread_channel<int>(capacity);
        std::atomic<int> sent = 0;
        std::thread producer([&, tx = std::move(ends.tx)]() mutable {
            for (int i = 0; i < 100; ++i) {
                tx.blocking_send(i);
                ++sent;
            }
        });
        while (sent < static_cast<int>(capacity)) co_await gyre::sleep(50us);
        co_await gyre::sleep(2ms);
        CHECK(sent == static_cast<int>(capacity));
        for (int i = 0; i < 100; ++i) {
            const int got = co_await ends.rx.receive();
            REQUIRE(got == i);
        }
        producer.join();
        const auto end = co_await ends.rx.next();
        CHECK_FALSE(end);
    }
}

TEST_CASE("many producers and consumers, tasks and threads: every item once, each producer's in order") {
    constexpr int each = 5000;
    for (const std::size_t capacity : {0U, 1U, 64U}) {
        auto ends = gyre::thread_channel<numbered>(capacity);
        std::vector<std::thread> threads;
        std::vector<std::vector<numbered>> got(4);
        for (int p = 0; p < 2; ++p)
            threads.emplace_back([p, tx = ends.tx]() mutable {
                for (int i = 0; i < each; ++i) tx.blocking_send(numbered{p, i});
            });
        for (int p = 2; p < 4; ++p)
            threads.emplace_back([p, tx = ends.tx]() mutable {
                auto main = [&]() -> gyre::task<> {
                    for (int i = 0; i < each; ++i) {
                        numbered item{p, i};
                        co_await tx.send(item);
                    }
                };
                gyre::run(main(), gyre::test::options());
            });
        for (std::size_t c = 0; c < 2; ++c)
            threads.emplace_back([&mine = got[c], rx = ends.rx]() mutable {
                while (auto item = rx.blocking_next()) mine.push_back(*item);
            });
        for (std::size_t c = 2; c < 4; ++c)
            threads.emplace_back(
                [&mine = got[c], rx = ends.rx]() mutable { mine = gyre::run(drain(std::move(rx)), gyre::test::options()); });
        ends.tx.close();
        ends.rx.close();
        for (auto& t : threads) t.join();
        std::vector<std::vector<bool>> seen(4, std::vector<bool>(each, false));
        std::size_t total = 0;
        int out_of_order = 0;
        for (const auto& items : got) {
            std::vector<int> last(4, -1);
            for (const numbered& item : items) {
                const auto p = static_cast<std::size_t>(item.thread);
                if (item.number <= last[p]) ++out_of_order;
                last[p] = item.number;
                seen[p][static_cast<std::size_t>(item.number)] = true;
                ++total;
            }
        }
        CHECK(out_of_order == 0);
        CHECK(total == 4U * each);
        for (const auto& s : seen) CHECK(std::find(s.begin(), s.end(), false) == s.end());
    }
}

GYRE_TEST("nothing is lost when receivers and senders are cancelled at any moment") {
    auto ends = gyre::thread_channel<int>(2);
    auto back = gyre::thread_channel<int>(2);
    constexpr int items = 3000;
    std::thread peer([rx = ends.rx, tx = std::move(back.tx)]() mutable {
        while (auto item = rx.blocking_next()) tx.blocking_send(*item);
    });
    ends.rx.close();
    // Each attempt is a task that is cancelled after a turn or two; who was cancelled has not sent, or not received.
    long sum_sent = 0;
    long sum_got = 0;
    int cancelled = 0;
    auto sender = [&]() -> gyre::task<> {
        for (int i = 1, n = 0; i <= items; ++n) {
            bool sent = false;
            auto attempt = [&]() -> gyre::task<> {
                co_await ends.tx.send(i);
                sent = true;
            };
            auto f = gyre::spawn(attempt());
            for (int turns = 0; turns < n % 4 && !f.done(); ++turns) co_await gyre::yield();
            f.cancel();
            const auto end = co_await gyre::as_outcome(f);
            if (sent)
                sum_sent += i++;
            else {
                ++cancelled;
                co_await gyre::sleep(1us);
            }
        }
        ends.tx.close();
    };
    auto receiver = [&]() -> gyre::task<> {
        bool over = false;
        for (int n = 0; !over; ++n) {
            auto attempt = [&]() -> gyre::task<> {
                auto item = co_await back.rx.next();
                over = !item;
                if (item) sum_got += *item;
            };
            auto f = gyre::spawn(attempt());
            for (int turns = 0; turns < n % 5 && !f.done(); ++turns) co_await gyre::yield();
            f.cancel();
            const auto end = co_await gyre::as_outcome(f);
            if (end.cancelled()) {
                ++cancelled;
                co_await gyre::sleep(1us);
            }
        }
    };
    co_await gyre::gather(sender(), receiver());
    peer.join();
    CHECK(sum_sent == static_cast<long>(items) * (items + 1) / 2);
    CHECK(sum_got == sum_sent);
    CHECK(cancelled > 0);
}

GYRE_TEST("closing the last receiver ends the senders, and the last sender the receivers, wherever they wait") {
    auto ends = gyre::thread_channel<std::unique_ptr<int>>(1);
    CHECK(ends.tx.try_send(std::make_unique<int>(1)));
    auto second = std::make_unique<int>(2);
    CHECK_FALSE(ends.tx.try_send(std::move(second)));
    CHECK(second != nullptr);
    std::atomic<int> closed = 0;
    std::thread blocked([&, tx = ends.tx]() mutable {
        try {
            tx.blocking_send(std::make_unique<int>(3));
        } catch (const gyre::channel_closed&) {
            ++closed;
        }
    });
    auto waiting = [&]() -> gyre::task<> {
        auto item = std::make_unique<int>(4);
        try {
            co_await ends.tx.send(std::move(item));
        } catch (const gyre::channel_closed&) {
            ++closed;
        }
    };
    auto task = gyre::spawn(waiting());
    co_await gyre::sleep(1ms);
    ends.rx.close();
    co_await task;
    blocked.join();
    CHECK(closed == 2);
    CHECK(ends.tx.closed());
    const auto left = ends.rx.try_receive();
    REQUIRE(left);
    CHECK(**left == 1);
    CHECK(ends.rx.closed());

    auto other = gyre::thread_channel<int>(1);
    std::atomic<int> ended = 0;
    std::thread reader([&, rx = other.rx]() mutable {
        if (!rx.blocking_next()) ++ended;
    });
    auto reading = gyre::spawn([&]() -> gyre::task<> {
        bool over = false;
        try {
            static_cast<void>(co_await other.rx.receive());
        } catch (const gyre::channel_closed&) {
            over = true;
        }
        if (over) ++ended;
    });
    co_await gyre::sleep(1ms);
    other.tx.close();
    co_await reading;
    reader.join();
    CHECK(ended == 2);
}

GYRE_TEST("the blocking forms are refused in a loop's thread, with the cure in the message") {
    auto ends = gyre::thread_channel<int>(1);
    CHECK_THROWS_WITH(ends.tx.blocking_send(1), Catch::Contains("co_await send()"));
    CHECK_THROWS_WITH(ends.rx.blocking_receive(), Catch::Contains("co_await receive()"));
    CHECK_THROWS_AS(gyre::thread_channel<int>(static_cast<std::size_t>(-1)), gyre::invalid_state_error);
    gyre::thread_sender<int> none;
    CHECK(none.closed());
    bool closed = false;
    try {
        co_await none.send(1);
    } catch (const gyre::channel_closed&) {
        closed = true;
    }
    CHECK(closed);
}

GYRE_TEST("a receiver that is never awaited before the loop closes leaves no trace") {
    auto ends = gyre::thread_channel<int>(0);
    auto waiting = gyre::spawn([](gyre::thread_receiver<int> rx) -> gyre::task<> { static_cast<void>(co_await rx.next()); }(ends.rx));
    co_await gyre::yield();
    // The loop closes with the task in line; the sender then finds nobody.
    ends.rx.close();
    CHECK_FALSE(ends.tx.closed());
    waiting.cancel();
    const auto end = co_await gyre::as_outcome(waiting);
    CHECK(end.cancelled());
    waiting = gyre::future<>();
    CHECK(ends.tx.closed());
}
