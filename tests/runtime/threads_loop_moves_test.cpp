// ctest: threads
// A loop that goes from one thread to another: the next one has the handle of the last, and what the last one left behind is done.
#include <fcntl.h>
#include <sys/eventfd.h>
#include <unistd.h>

#include <array>
#include <exception>
#include <functional>
#include <stdexcept>
#include <string>
#include <thread>
#include <vector>

#include "support/test.hpp"

using namespace gyre;
using namespace std::chrono_literals;

namespace {

// Runs it in a thread that has ended when this returns; gives the message of what it threw.
std::string error_in_thread(const std::function<void()>& work) {
    std::string message;
    std::thread([&] {
        try {
            work();
        } catch (const std::exception& e) {
            message = e.what();
        }
    }).join();
    return message;
}

task<> nap() { co_await gyre::sleep(1ms); }
task<> readable(int fd) { co_await wait_readable(fd); }
task<> many_waits(int fd, int n) {
    std::vector<task<>> all;
    for (int i = 0; i < n; ++i) all.push_back(readable(fd));
    co_await gather(std::move(all));
}

// After a run in this thread the loop closes the end that is written to. Gives the other one.
int pipe_that_the_loop_closes(event_loop& loop) {
    std::array<int, 2> pipe{};
    REQUIRE(::pipe2(pipe.data(), O_CLOEXEC | O_NONBLOCK) == 0);
    loop.run_until_complete(nap());
    loop.state().io().close_detached(pipe[1]);
    return pipe[0];
}
bool has_ended(int pipe) {
    char byte = 0;
    return ::read(pipe, &byte, 1) == 0;
}

}  // namespace

TEST_CASE("a loop runs in one thread after another, each of which has ended before the next begins") {
    event_loop loop(gyre::test::options());
    for (int i = 0; i < 4; ++i) CHECK(error_in_thread([&] { loop.run_until_complete(nap()); }) == "");
    CHECK(error_in_thread([&] { loop.close(); }) == "");
}

TEST_CASE("a loop in its second thread starts more operations in one turn than the kernel's queue holds") {
    event_loop loop(gyre::test::options());
    const int ready = ::eventfd(1, EFD_CLOEXEC);
    for (int i = 0; i < 2; ++i) CHECK(error_in_thread([&] { loop.run_until_complete(many_waits(ready, 1000)); }) == "");
    ::close(ready);
}

TEST_CASE("what a thread closed after its run is closed, though the loop goes on in another thread") {
    event_loop loop(gyre::test::options());
    const int from = pipe_that_the_loop_closes(loop);
    CHECK(error_in_thread([&] {
              loop.run_until_complete(nap());
              if (!has_ended(from)) throw std::runtime_error("the pipe has not ended");
              loop.close();
          }) == "");
    ::close(from);
}

TEST_CASE("what a thread closed after its run is closed when another one closes the loop") {
    event_loop loop(gyre::test::options());
    const int from = pipe_that_the_loop_closes(loop);
    CHECK(error_in_thread([&] { loop.close(); }) == "");
    CHECK(has_ended(from));
    ::close(from);
}

TEST_CASE("a thread whose post ends the loop uses nothing of the loop afterwards") {
    for (int round = 0; round < 300; ++round) {
        std::thread poster;
        const auto busy = []() -> task<> {
            for (;;) co_await yield();
        };
        const auto main = [&]() -> task<int> {
            promise<int> told;
            auto answer = told.get_future();
            spawn(busy());
            event_loop* const loop = &event_loop::current();
            poster = std::thread([loop, &told] { loop->call_soon_threadsafe([&told] { told.set_value(42); }); });
            co_return co_await std::move(answer);
        };
        CHECK(gyre::run(main(), gyre::test::options()) == 42);
        poster.join();
    }
}
