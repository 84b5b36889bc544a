// Awaits that are over at once, in a loop: the other tasks, timers and the kernel get their turn all the same.
#include <functional>
#include <vector>

#include "support/test.hpp"

using namespace gyre;
using namespace std::chrono_literals;

namespace {

task<int> five() { co_return 5; }

}  // namespace

GYRE_TEST("a loop over awaits that are always ready leaves the others their turn") {
    const future<int> done = spawn(five());
    co_await done;
    const std::vector<future<int>> futures(2, done);
    async_generator<int> ended;
    struct way {
        const char* name;
        std::function<task<>()> loop;
    };
    bool stop = false;
    constexpr int patience = 100'000;
    std::vector<way> ways;
    ways.push_back({"future", [&]() -> task<> {
                        for (int i = 0; i < patience && !stop; ++i) co_await done;
                    }});
    ways.push_back({"shield", [&]() -> task<> {
                        for (int i = 0; i < patience && !stop; ++i) co_await shield(done);
                    }});
    ways.push_back({"wait", [&]() -> task<> {
                        for (int i = 0; i < patience && !stop; ++i) co_await gyre::wait(futures, first_completed);
                    }});
    ways.push_back({"wait for nothing", [&]() -> task<> {
                        for (int i = 0; i < patience && !stop; ++i) co_await gyre::wait(std::vector<future<int>>());
                    }});
    ways.push_back({"wait with no time", [&]() -> task<> {
                        promise<int> never;
                        for (int i = 0; i < patience && !stop; ++i)
                            co_await gyre::wait(std::vector<future<int>>(1, never.get_future()), all_completed, 0s);
                    }});
    ways.push_back({"gather of nothing", [&]() -> task<> {
                        for (int i = 0; i < patience && !stop; ++i) co_await gather();
                    }});
    ways.push_back({"gather of an empty vector", [&]() -> task<> {
                        for (int i = 0; i < patience && !stop; ++i) co_await gather(std::vector<task<>>());
                    }});
    ways.push_back({"gather of futures", [&]() -> task<> {
                        for (int i = 0; i < patience && !stop; ++i) co_await gather(done, done);
                    }});
    ways.push_back({"gather_outcomes of futures", [&]() -> task<> {
                        for (int i = 0; i < patience && !stop; ++i) co_await gather_outcomes(futures);
                    }});
    ways.push_back({"an ended generator", [&]() -> task<> {
                        for (int i = 0; i < patience && !stop; ++i) co_await ended.next();
                    }});
    ways.push_back({"wait_for with no time", [&]() -> task<> {
                        for (int i = 0; i < patience && !stop; ++i) try {
                                co_await wait_for(five(), 0s);
                            } catch (const timeout_error&) {
                            }
                    }});
    ways.push_back({"as_completed", [&]() -> task<> {
                        std::vector<future<int>> many;
                        for (int i = 0; i < 1000; ++i) many.push_back(spawn(five()));
                        co_await gyre::wait(many);
                        auto all = as_completed(many);
                        for (int i = 0; i < 1000 && !stop; ++i) co_await all.next();
                    }});
    for (const way& w : ways) {
        stop = false;
        auto others_turns = [&]() -> task<> {
            for (int i = 0; i < 3; ++i) co_await gyre::yield();
            stop = true;
        };
        auto other = spawn(others_turns());
        co_await w.loop();
        INFO(w.name);
        CHECK(stop);
        co_await other;
    }
}
