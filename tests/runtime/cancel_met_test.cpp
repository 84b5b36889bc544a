// A request that code below has met, whatever it made of it, is not thrown again above, however the two are connected.
#include <functional>
#include <stdexcept>
#include <vector>

#include "support/test.hpp"

using namespace gyre;
using namespace std::chrono_literals;

namespace {

// Turns the cancel into an error of its own.
task<> fails_to_clean_up() {
    bool cancelled = false;
    try {
        co_await gyre::sleep(1h);
    } catch (const cancelled_error&) {
        cancelled = true;
    }
    if (cancelled) throw std::runtime_error("clean-up failed");
}

struct way {
    const char* name;
    std::function<task<>()> call;
};
std::vector<way> ways() {
    std::vector<way> all;
    all.push_back({"directly", [] { return fails_to_clean_up(); }});
    all.push_back({"gather", []() -> task<> { co_await gather(fails_to_clean_up()); }});
    all.push_back({"race", []() -> task<> { co_await race(fails_to_clean_up()); }});
    all.push_back({"wait_for", []() -> task<> { co_await wait_for(fails_to_clean_up(), 2h); }});
    all.push_back(
        {"timeout", []() -> task<> { co_await with(timeout(2h), [](timeout_scope&) -> task<> { co_await fails_to_clean_up(); }); }});
    all.push_back(
        {"cancel_scope", []() -> task<> { co_await with(cancel_scope(), [](cancel_scope&) -> task<> { co_await fails_to_clean_up(); }); }});
    all.push_back({"for_each_concurrent", []() -> task<> {
                       const std::vector<int> one(1, 0);
                       auto each = [](const int&) { return fails_to_clean_up(); };
                       co_await for_each_concurrent(one, 1, each);
                   }});
    all.push_back({"a future", []() -> task<> {
                       auto f = spawn(fails_to_clean_up());
                       co_await f;
                   }});
    all.push_back({"gather of futures", []() -> task<> {
                       auto f = spawn(fails_to_clean_up());
                       co_await gather(f);
                   }});
    return all;
}

}  // namespace

GYRE_TEST_VIRTUAL("a request that became an error below is not thrown again at the next await") {
    for (const way& w : ways()) {
        bool failed = false;
        bool went_on = false;
        auto work = [&]() -> task<> {
            try {
                co_await gather(w.call());
            } catch (const std::runtime_error&) {
                failed = true;
            }
            co_await gyre::yield();
            went_on = true;
        };
        auto f = spawn(work());
        co_await gyre::sleep(1ms);
        f.cancel();
        co_await gyre::sleep(1ms);
        INFO(w.name);
        CHECK(failed);
        CHECK(went_on);
    }
}
