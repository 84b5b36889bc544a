#include "sync_support.hpp"

using namespace gyre;
using namespace std::chrono_literals;
using gyre::test::settle;
using gyre::test::turns;

namespace {

struct journal {
    journal() = default;
    std::string text;
};

task<> reader(shared_mutex& m, journal& j, char id, int hold) {
    const auto lock = co_await m.lock_shared();
    j.text += id;
    co_await turns(hold);
    j.text += '.';
}
task<> writer(shared_mutex& m, journal& j, char id, int hold) {
    const auto lock = co_await m.lock();
    j.text += id;
    co_await turns(hold);
    j.text += '.';
}

}  // namespace

GYRE_TEST_VIRTUAL("readers share, a writer is alone", "[sync][shared_mutex]") {
    shared_mutex m;
    int readers = 0;
    int writers = 0;
    int most_readers = 0;
    bool mixed = false;
    const auto look = [&] {
        most_readers = std::max(most_readers, readers);
        mixed = mixed || (writers != 0 && readers != 0) || writers > 1;
    };
    const auto read = [&]() -> task<> {
        for (int i = 0; i < 5; ++i) {
            const auto lock = co_await m.lock_shared();
            ++readers;
            look();
            co_await turns(2);
            --readers;
        }
    };
    const auto write = [&]() -> task<> {
        for (int i = 0; i < 5; ++i) {
            const auto lock = co_await m.lock();
            ++writers;
            look();
            co_await turns(2);
            --writers;
        }
    };
    std::vector<future<void>> all;
    for (int i = 0; i < 4; ++i) all.push_back(spawn(read()));
    for (int i = 0; i < 2; ++i) all.push_back(spawn(write()));
    for (auto& f : all) co_await f;
    REQUIRE_FALSE(mixed);
    REQUIRE(most_readers == 4);
    REQUIRE(m.try_lock().has_value());
}

GYRE_TEST_VIRTUAL("a waiting writer holds back readers that come later", "[sync][shared_mutex]") {
    shared_mutex m;
    journal j;
    std::vector<future<void>> all;
    all.push_back(spawn(reader(m, j, 'a', 5)));
    all.push_back(spawn(writer(m, j, 'W', 1)));
    all.push_back(spawn(reader(m, j, 'b', 1)));
    all.push_back(spawn(reader(m, j, 'c', 1)));
    co_await turns(3);
    REQUIRE_FALSE(m.try_lock_shared().has_value());
    for (auto& f : all) co_await f;
    REQUIRE(j.text == "a.W.bc..");
}

GYRE_TEST_VIRTUAL("readers behind a writer that is cancelled in the line go on at once", "[sync][shared_mutex]") {
    shared_mutex m;
    journal j;
    auto a = spawn(reader(m, j, 'a', 50));
    auto w = spawn(writer(m, j, 'W', 1));
    auto b = spawn(reader(m, j, 'b', 1));
    co_await settle();
    w.cancel();
    co_await b;
    REQUIRE(w.cancelled());
    REQUIRE_FALSE(a.done());
    REQUIRE(j.text == "ab.");
    co_await a;
}

GYRE_TEST_VIRTUAL("a writer cancelled after it was given the lock has it", "[sync][shared_mutex]") {
    shared_mutex m;
    journal j;
    std::optional<shared_mutex::shared_guard> lock(co_await m.lock_shared());
    auto w = spawn(writer(m, j, 'W', 1));
    co_await settle();
    lock.reset();
    w.cancel();
    co_await settle();
    REQUIRE(j.text == "W");
    REQUIRE(w.cancelled());
    REQUIRE(m.try_lock().has_value());
}

GYRE_TEST_VIRTUAL("try_lock and try_lock_shared see who holds", "[sync][shared_mutex]") {
    shared_mutex m;
    {
        const auto one = m.try_lock_shared();
        const auto two = m.try_lock_shared();
        REQUIRE(one.has_value());
        REQUIRE(two.has_value());
        REQUIRE_FALSE(m.try_lock().has_value());
    }
    {
        auto alone = m.try_lock();
        REQUIRE(alone.has_value());
        REQUIRE_FALSE(m.try_lock_shared().has_value());
        alone->unlock();
        REQUIRE(m.try_lock_shared().has_value());
        REQUIRE_THROWS_AS(alone->unlock(), invalid_state_error);
    }
    co_return;
}

GYRE_TEST_VIRTUAL("an early unlock of a shared guard lets the writer in", "[sync][shared_mutex]") {
    shared_mutex m;
    journal j;
    auto one = co_await m.lock_shared();
    auto two = co_await m.lock_shared();
    auto w = spawn(writer(m, j, 'W', 0));
    co_await settle();
    one.unlock();
    co_await settle();
    REQUIRE_FALSE(w.done());
    two.unlock();
    co_await w;
    REQUIRE(j.text == "W.");
}
