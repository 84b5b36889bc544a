// ctest: threads
// Calls posted to a loop from other threads: none lost, each thread's in order, and what happens when the loop closes meanwhile.
#include <fcntl.h>
#include <unistd.h>

#include <array>
#include <atomic>
#include <thread>
#include <vector>

#include "posting_threads.hpp"
#include "support/test.hpp"

using namespace std::chrono_literals;

TEST_CASE("eight threads post 100,000 calls each: none lost, each thread's in order, I/O goes on meanwhile") {
    gyre::event_loop loop(gyre::test::options());
    gyre::test::posting_threads posting(loop, 8, 100'000);
    int bytes_before_the_end = 0;
    auto main = [&]() -> gyre::task<> {
        std::array<int, 2> pipe{};
        REQUIRE(::pipe2(pipe.data(), O_CLOEXEC) == 0);
        while (!posting.all_came()) {
            char byte = 'x';
            REQUIRE(::write(pipe[1], &byte, 1) == 1);
            co_await gyre::wait_readable(pipe[0]);
            REQUIRE(::read(pipe[0], &byte, 1) == 1);
            ++bytes_before_the_end;
        }
        ::close(pipe[0]);
        ::close(pipe[1]);
    };
    loop.run_until_complete(main());
    CHECK(posting.all_came());
    CHECK(posting.out_of_order() == 0);
    CHECK(bytes_before_the_end > 50);
}

TEST_CASE("threads that post while the loop closes get an error or have their calls dropped, and nothing is lost or leaked") {
    struct here {};
    using counted = gyre::test::live_object<here>;
    counted::reset();
    const auto before = gyre::test::open_file_descriptors();
    long accepted = 0;
    long refused = 0;
    long ran_in_all = 0;
    for (int round = 0; round < 50; ++round) {
        gyre::event_loop loop(gyre::test::options());
        std::atomic<long> posted = 0;
        std::atomic<long> errors = 0;
        std::atomic<bool> over = false;
        std::atomic<long> ran = 0;
        std::vector<std::thread> posters;
        for (int t = 0; t < 4; ++t)
            posters.emplace_back([&] {
                while (!over) try {
                        loop.call_soon_threadsafe([&ran, held = counted()] { ++ran; });
                        // Not so far ahead that the loop never comes to its task.
                        ++posted;
                        while (posted - ran > 1000 && !loop.closed()) std::this_thread::yield();
                    } catch (const gyre::invalid_state_error&) {
                        ++errors;
                        std::this_thread::yield();
                    }
            });
        auto main = [&]() -> gyre::task<> {
            while (ran < 100) co_await gyre::sleep(50us);
        };
        loop.run_until_complete(main());
        loop.close();
        while (errors < 4) std::this_thread::yield();
        over = true;
        for (auto& p : posters) p.join();
        CHECK(ran <= posted);
        accepted += posted;
        refused += errors;
        ran_in_all += ran;
    }
    CHECK(counted::alive() == 0);
    CHECK(ran_in_all >= 50 * 100);
    CHECK(refused >= 50 * 4);
    CHECK(accepted >= ran_in_all);
    CHECK(gyre::test::opened_since(before).empty());
}

TEST_CASE("a posted call may post again, and to another loop") {
    gyre::event_loop here(gyre::test::options());
    gyre::event_loop there(gyre::test::options());
    std::thread runner([&] { there.run_forever(); });
    int left = 1000;
    std::function<void()> ping;
    std::function<void()> pong = [&] { here.call_soon_threadsafe(ping); };
    ping = [&] {
        if (--left == 0)
            here.stop();
        else
            there.call_soon_threadsafe(pong);
    };
    here.call_soon_threadsafe(ping);
    here.run_forever();
    there.call_soon_threadsafe([&] { there.stop(); });
    runner.join();
    CHECK(left == 0);
}
