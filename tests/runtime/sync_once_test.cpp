#include <string>

#include "sync_support.hpp"

using namespace gyre;
using gyre::test::settle;
using gyre::test::turns;

GYRE_TEST_VIRTUAL("once makes a value for all who ask", "[sync][once]") {
    once<std::string> value;
    int made = 0;
    std::vector<const std::string*> seen;
    const auto make = [&]() -> task<std::string> {
        ++made;
        co_await turns(3);
        co_return "value";
    };
    const auto asks = [&]() -> task<> {
        const std::string& got = co_await value.get(make);
        seen.push_back(&got);
    };
    REQUIRE(value.peek() == nullptr);
    std::vector<future<void>> all;
    for (int i = 0; i < 5; ++i) all.push_back(spawn(asks()));
    for (auto& f : all) co_await f;
    REQUIRE(made == 1);
    REQUIRE(seen.size() == 5);
    for (const std::string* s : seen) REQUIRE(s == value.peek());
    REQUIRE(*value.peek() == "value");
    const std::string& again = co_await value.get(make);
    REQUIRE(again == "value");
    REQUIRE(made == 1);
}

GYRE_TEST_VIRTUAL("a failure is the maker's, and the next in line tries", "[sync][once]") {
    once<int> value;
    int tries = 0;
    const auto make = [&]() -> task<int> {
        const int number = ++tries;
        co_await yield();
        if (number < 3) throw std::runtime_error("not yet");
        co_return number;
    };
    int failures = 0;
    std::vector<int> got;
    const auto asks = [&]() -> task<> {
        try {
            const int v = co_await value.get(make);
            got.push_back(v);
        } catch (const std::runtime_error&) {
            ++failures;
        }
    };
    std::vector<future<void>> all;
    for (int i = 0; i < 5; ++i) all.push_back(spawn(asks()));
    for (auto& f : all) co_await f;
    REQUIRE(tries == 3);
    REQUIRE(failures == 2);
    REQUIRE(got == std::vector<int>{3, 3, 3});
}

GYRE_TEST_VIRTUAL("after a failure with nobody in line the next who asks tries", "[sync][once]") {
    once<void> done;
    int tries = 0;
    const auto make = [&]() -> task<> {
        co_await yield();
        if (++tries == 1) throw std::runtime_error("first");
    };
    bool failed = false;
    try {
        co_await done.get(make);
    } catch (const std::runtime_error&) {
        failed = true;
    }
    REQUIRE(failed);
    REQUIRE_FALSE(done.done());
    co_await done.get(make);
    REQUIRE(done.done());
    co_await done.get(make);
    REQUIRE(tries == 2);
}

GYRE_TEST_VIRTUAL("when the maker is cancelled the next in line makes it", "[sync][once]") {
    once<int> value;
    int tries = 0;
    const auto make = [&]() -> task<int> {
        const int number = ++tries;
        co_await turns(5);
        co_return number;
    };
    std::vector<int> got;
    const auto asks = [&]() -> task<> {
        const int v = co_await value.get(make);
        got.push_back(v);
    };
    auto maker = spawn(asks());
    auto waits = spawn(asks());
    auto leaves = spawn(asks());
    co_await turns(2);
    leaves.cancel();
    maker.cancel();
    co_await waits;
    REQUIRE(maker.cancelled());
    REQUIRE(leaves.cancelled());
    REQUIRE(got == std::vector<int>{2});
}

GYRE_TEST_VIRTUAL("one that was chosen and then cancelled passes the making on", "[sync][once]") {
    once<int> value;
    int tries = 0;
    const auto make = [&]() -> task<int> {
        const int number = ++tries;
        co_await yield();
        if (number == 1) throw std::runtime_error("first");
        co_return number;
    };
    std::vector<future<void>> all;
    std::vector<int> got;
    const auto asks = [&]() -> task<> {
        const int v = co_await value.get(make);
        got.push_back(v);
    };
    const auto fails = [&]() -> task<> {
        bool failed = false;
        try {
            co_await asks();
        } catch (const std::runtime_error&) {
            failed = true;
        }
        // Its successor was just chosen.
        all[1].cancel();
        REQUIRE(failed);
    };
    all.push_back(spawn(fails()));
    all.push_back(spawn(asks()));
    all.push_back(spawn(asks()));
    co_await all[0];
    co_await all[2];
    REQUIRE(all[1].cancelled());
    REQUIRE(got == std::vector<int>{3});
}

GYRE_TEST_VIRTUAL("each who asks may bring a function of its own, kept while it is needed", "[sync][once]") {
    once<std::string> value;
    const std::string text(100, 'x');
    const auto factory = [text]() -> task<std::string> {
        co_await yield();
        co_return text;
    };
    const std::string& got = co_await value.get(factory);
    REQUIRE(got == text);
}

GYRE_TEST_VIRTUAL("a function that asks for the value it makes is told so", "[sync][once]") {
    once<int> value;
    std::function<task<int>()> make = [&]() -> task<int> {
        const int inner = co_await value.get(make);
        co_return inner;
    };
    bool refused = false;
    try {
        co_await value.get(make);
    } catch (const invalid_state_error&) {
        refused = true;
    }
    REQUIRE(refused);
    REQUIRE(value.peek() == nullptr);
}

GYRE_TEST_VIRTUAL("asking for a value that is there is still an await", "[sync][once]") {
    once<int> value;
    const auto make = []() -> task<int> { co_return 1; };
    co_await value.get(make);
    const auto body = [&]() -> task<> {
        current_task().cancel();
        co_await value.get(make);
    };
    auto f = spawn(body());
    co_await settle();
    REQUIRE(f.cancelled());
}

GYRE_TEST_VIRTUAL("a function that asks for the value it makes from inside a scope or a child is told so", "[sync][once]") {
    once<int> value;
    int refused = 0;
    for (const bool in_scope : {true, false}) {
        std::function<task<int>()> make;
        const auto ask = [&]() -> task<> { co_await value.get(make); };
        make = [&]() -> task<int> {
            if (in_scope)
                co_await wait_for(ask(), std::chrono::hours(1));
            else
                co_await gather(ask());
            co_return 1;
        };
        try {
            co_await value.get(make);
        } catch (const invalid_state_error&) {
            ++refused;
        }
    }
    REQUIRE(refused == 2);
}
