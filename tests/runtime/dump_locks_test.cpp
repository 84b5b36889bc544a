// What the dump of all tasks says of locks: who has the one that a task waits for, and which tasks wait for one another for ever.
#include <cstddef>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "debug_support.hpp"

using Catch::Contains;
using namespace gyre;
using namespace std::chrono_literals;

namespace {

task<> naps() { co_await gyre::sleep(1h); }
task<> holds(mutex& m) {
    const auto lock = co_await m.lock();
    co_await naps();
}
task<> wants(mutex& m) { const auto lock = co_await m.lock(); }
task<> takes_both(mutex& first, mutex& second) {
    const auto one = co_await first.lock();
    co_await gyre::sleep(1ms);
    const auto two = co_await second.lock();
}
task<> leaves_its_guard(mutex& m, std::optional<mutex::guard>& with) { with.emplace(co_await m.lock()); }

// The dump when everybody has come to the await where it stays.
task<std::string> dump_of_all() {
    co_await gyre::sleep(1s);
    co_return debug::dump_tasks();
}

task<> end(std::vector<future<>> tasks) {
    for (auto& f : tasks) f.cancel();
    co_await gather_outcomes(std::move(tasks));
}
template <class... Future>
task<> end(Future... tasks) {
    (tasks.cancel(), ...);
    co_await gather_outcomes(std::move(tasks)...);
}

// What the dump says of the task after its name; empty when it is not there.
std::string said_of(const std::string& name, const std::string& dump) {
    const std::string line = "task '" + name + "' ";
    const std::size_t begin = dump.find(line);
    if (begin == std::string::npos) return {};
    return dump.substr(begin + line.size(), dump.find('\n', begin) - begin - line.size());
}

std::vector<std::string> deadlocks(const std::string& dump) {
    const std::string mark = "deadlock: ";
    std::vector<std::string> found;
    for (std::size_t at = dump.find(mark); at != std::string::npos; at = dump.find(mark, at + 1))
        found.push_back(dump.substr(at + mark.size(), dump.find('\n', at) - at - mark.size()));
    return found;
}

using rings = std::vector<std::string>;

}  // namespace

GYRE_TEST_VIRTUAL("the dump says which task has locked what another waits for, also when it was handed over", "[debug]") {
    mutex m;
    auto a = spawn(holds(m), "a");
    auto b = spawn(holds(m), "b");
    auto c = spawn(wants(m), "c");
    std::string dump = co_await dump_of_all();
    CHECK_THAT(said_of("b", dump), Catch::StartsWith("waits: mutex.lock (0x") && Catch::EndsWith("), locked by task 'a'"));
    CHECK_THAT(said_of("c", dump), Catch::EndsWith(", locked by task 'a'"));
    a.cancel();
    dump = co_await dump_of_all();
    CHECK_THAT(said_of("b", dump), Catch::StartsWith("waits: sleep"));
    CHECK_THAT(said_of("c", dump), Catch::EndsWith(", locked by task 'b'"));
    CHECK(deadlocks(dump).empty());
    co_await end(b, c);
}

GYRE_TEST_VIRTUAL("a lock whose task has ended is no other task's, whoever comes to stand in its place", "[debug]") {
    mutex m;
    std::optional<mutex::guard> kept;
    auto gone = spawn(leaves_its_guard(m, kept), "gone");
    co_await std::move(gone);
    mutex others[8];
    std::vector<future<>> all;
    for (mutex& other : others) all.push_back(spawn(holds(other), "another"));
    all.push_back(spawn(wants(m), "waits"));
    const std::string dump = co_await dump_of_all();
    CHECK_THAT(said_of("waits", dump), Catch::EndsWith("), locked by a task that has ended"));
    kept.reset();
    co_await end(std::move(all));
}

GYRE_TEST_VIRTUAL("a lock that was taken without an await has its holder, too", "[debug]") {
    mutex m;
    shared_mutex s;
    auto tries = [&]() -> task<> {
        const auto lock = m.try_lock();
        const auto alone = s.try_lock();
        co_await naps();
    };
    auto reads = [&]() -> task<> { const auto lock = co_await s.lock_shared(); };
    auto holds = spawn(tries(), "holds");
    auto waits = spawn(wants(m), "waits");
    auto reader = spawn(reads(), "reader");
    const std::string dump = co_await dump_of_all();
    CHECK_THAT(said_of("waits", dump), Catch::EndsWith("), locked by task 'holds'"));
    CHECK_THAT(said_of("reader", dump), Catch::EndsWith("), locked by task 'holds'"));
    co_await end(holds, waits, reader);
}

GYRE_TEST_VIRTUAL("of a lock that was taken outside tasks the dump says nothing", "[debug]") {
    mutex m;
    shared_mutex s;
    {
        auto before = co_await m.lock();
        auto alone = co_await s.lock();
    }
    std::optional<mutex::guard> lock;
    std::optional<shared_mutex::guard> alone;
    const auto tries = [&] {
        lock = m.try_lock();
        alone = s.try_lock();
    };
    gyre::event_loop::current().call_soon(tries);
    co_await gyre::sleep(1s);
    REQUIRE((lock && alone));
    auto reads = [&]() -> task<> { const auto shared = co_await s.lock_shared(); };
    auto waits = spawn(wants(m), "waits");
    auto reader = spawn(reads(), "reader");
    const std::string dump = co_await dump_of_all();
    CHECK_THAT(said_of("waits", dump), Catch::StartsWith("waits: mutex.lock (0x") && Catch::EndsWith(")"));
    CHECK_THAT(said_of("reader", dump), Catch::StartsWith("waits: shared_mutex.lock_shared (0x") && Catch::EndsWith(")"));
    lock.reset();
    alone.reset();
    co_await waits;
    co_await reader;
}

GYRE_TEST_VIRTUAL("a task that was notified and waits for its mutex is told who has that", "[debug]") {
    mutex m;
    condition_variable changed;
    auto listens = [&]() -> task<> {
        auto lock = co_await m.lock();
        co_await changed.wait(lock);
    };
    auto tells = [&]() -> task<> {
        const auto lock = co_await m.lock();
        changed.notify_one();
        co_await naps();
    };
    auto a = spawn(listens(), "listens");
    auto b = spawn(tells(), "tells");
    const std::string dump = co_await dump_of_all();
    CHECK(said_of("listens", dump) == "waits: condition_variable.wait (for its mutex), locked by task 'tells'");
    co_await end(b, a);
}

GYRE_TEST_VIRTUAL("of a shared_mutex the dump names the writer that has it, to writers and readers", "[debug]") {
    shared_mutex m;
    auto writes = [&]() -> task<> {
        const auto lock = co_await m.lock();
        co_await naps();
    };
    auto reads = [&]() -> task<> {
        const auto lock = co_await m.lock_shared();
        co_await naps();
    };
    auto first = spawn(writes(), "first");
    auto second = spawn(writes(), "second");
    auto third = spawn(reads(), "third");
    auto fourth = spawn(writes(), "fourth");
    std::string dump = co_await dump_of_all();
    CHECK_THAT(said_of("second", dump), Contains("shared_mutex.lock (0x") && Catch::EndsWith("), locked by task 'first'"));
    CHECK_THAT(said_of("third", dump), Contains("shared_mutex.lock_shared (0x") && Catch::EndsWith("), locked by task 'first'"));
    first.cancel();
    dump = co_await dump_of_all();
    CHECK_THAT(said_of("third", dump), Catch::EndsWith("), locked by task 'second'"));
    second.cancel();
    dump = co_await dump_of_all();
    CHECK_THAT(said_of("fourth", dump), Contains("shared_mutex.lock (0x") && Catch::EndsWith(")"));
    co_await end(third, fourth);
}

GYRE_TEST_VIRTUAL("two tasks that took two locks in opposite order are a deadlock, and who waits for them is no part of it", "[debug]") {
    mutex x;
    mutex y;
    auto a = spawn(takes_both(x, y), "a");
    auto b = spawn(takes_both(y, x), "b");
    auto c = spawn(wants(x), "c");
    const std::string dump = co_await dump_of_all();
    CHECK_THAT(said_of("a", dump), Catch::EndsWith(", locked by task 'b'"));
    CHECK_THAT(said_of("b", dump), Catch::EndsWith(", locked by task 'a'"));
    CHECK(deadlocks(dump) == rings{"'a' -> 'b' -> 'a'"});
    a.cancel();
    const std::string after = co_await dump_of_all();
    CHECK(deadlocks(after).empty());
    co_await end(b, c);
}

GYRE_TEST_VIRTUAL("every deadlock has its line: a ring of three, and a task that locks again what it has", "[debug]") {
    mutex m[4];
    std::vector<future<>> all;
    for (int i = 0; i < 3; ++i) all.push_back(spawn(takes_both(m[i], m[(i + 1) % 3]), std::string(1, static_cast<char>('a' + i))));
    all.push_back(spawn(takes_both(m[3], m[3]), "d"));
    const std::string dump = co_await dump_of_all();
    CHECK(deadlocks(dump) == rings{"'a' -> 'b' -> 'c' -> 'a'", "'d' -> 'd'"});
    co_await end(std::move(all));
}

GYRE_TEST_VIRTUAL("a task that awaits one that wants its lock is a deadlock: by future, gather, shield and wait", "[debug]") {
    const auto dump_with = [](const std::function<task<>(mutex&)>& waits) -> task<std::string> {
        mutex m;
        auto outer = [&]() -> task<> {
            const auto lock = co_await m.lock();
            co_await waits(m);
        };
        auto f = spawn(outer(), "outer");
        const std::string dump = co_await dump_of_all();
        co_await end(f);
        co_await gyre::sleep(1ms);
        co_return dump;
    };
    const rings expected{"'outer' -> 'inner' -> 'outer'"};
    const auto by_future = [](mutex& m) -> task<> {
        auto inner = spawn(wants(m), "inner");
        co_await inner;
    };
    const auto by_gather = [](mutex& m) -> task<> {
        auto inner = spawn(wants(m), "inner");
        auto other = spawn(naps());
        co_await gather(std::move(inner), std::move(other));
    };
    const auto by_shield = [](mutex& m) -> task<> {
        auto inner = spawn(wants(m), "inner");
        co_await shield(inner);
    };
    const auto by_wait = [](mutex& m) -> task<> {
        std::vector<future<>> inner;
        inner.push_back(spawn(wants(m), "inner"));
        co_await wait(inner);
    };
    const auto by_children = [](mutex& m) -> task<> {
        co_await with(task_group(), [&](task_group& g) -> task<> {
            g.spawn(wants(m), "inner");
            co_return;
        });
    };
    std::vector<std::function<task<>(mutex&)>> ways;
    ways.push_back(by_future);
    ways.push_back(by_gather);
    ways.push_back(by_shield);
    ways.push_back(by_wait);
    ways.push_back(by_children);
    for (const auto& how : ways) {
        const std::string dump = co_await dump_with(how);
        INFO(dump);
        CHECK(deadlocks(dump) == expected);
    }
}

GYRE_TEST_VIRTUAL("a scope's body is its task in a deadlock", "[debug]") {
    mutex x;
    mutex y;
    auto under_a_limit = [&]() -> task<> {
        const auto one = co_await x.lock();
        co_await with(timeout(1h), [&](timeout_scope&) -> task<> {
            co_await gyre::sleep(1ms);
            const auto two = co_await y.lock();
        });
    };
    auto a = spawn(under_a_limit(), "a");
    auto b = spawn(takes_both(y, x), "b");
    const std::string dump = co_await dump_of_all();
    INFO(dump);
    CHECK(deadlocks(dump) == rings{"'a' -> 'b' -> 'a'"});
    co_await end(a, b);
}

GYRE_TEST_VIRTUAL("a crowd before one lock makes one deadlock", "[debug]") {
    mutex m;
    auto outer = [&]() -> task<> {
        const auto lock = co_await m.lock();
        std::vector<task<>> all;
        for (int i = 0; i < 100; ++i) all.push_back(wants(m));
        co_await gather(std::move(all));
    };
    auto f = spawn(outer(), "outer");
    const std::string dump = co_await dump_of_all();
    CHECK(deadlocks(dump).size() == 1);
    co_await end(f);
}

GYRE_TEST_VIRTUAL("what another task may end in time is no deadlock: a race, the first of several, a wait with a limit", "[debug]") {
    mutex m[3];
    auto races = [&]() -> task<> {
        const auto lock = co_await m[0].lock();
        co_await race(wants(m[0]), naps());
    };
    auto first_of = [&]() -> task<> {
        const auto lock = co_await m[1].lock();
        std::vector<future<>> two;
        two.push_back(spawn(wants(m[1])));
        two.push_back(spawn(naps()));
        co_await wait(two, first_completed);
        for (auto& f : two) f.cancel();
    };
    auto limited = [&]() -> task<> {
        const auto lock = co_await m[2].lock();
        std::vector<future<>> one;
        one.push_back(spawn(wants(m[2])));
        co_await wait(one, all_completed, 1h);
    };
    std::vector<future<>> all;
    all.push_back(spawn(races()));
    all.push_back(spawn(first_of()));
    all.push_back(spawn(limited()));
    const std::string dump = co_await dump_of_all();
    CHECK(deadlocks(dump).empty());
    for (const auto& left : event_loop::current().all_tasks())
        if (left != current_task()) any_future(left).cancel();
    co_await gather_outcomes(std::move(all));
}

GYRE_TEST_VIRTUAL("the dump bears a mutex that was destroyed under those who wait for it", "[debug]") {
    auto m = std::make_unique<mutex>();
    auto locks = [](mutex& from) -> task<> { const auto lock = co_await from.lock(); };
    auto held = co_await m->lock();
    auto waits = spawn(locks(*m), "waits");
    co_await gyre::sleep(1ms);
    new (&held) mutex::guard();
    m.reset();
    const std::string dump = co_await dump_of_all();
    CHECK_THAT(said_of("waits", dump), Catch::StartsWith("waits: mutex.lock (0x") && Catch::EndsWith(")"));
    co_await end(waits);
}

GYRE_TEST_VIRTUAL("a row of any length of tasks that wait for one another is looked through", "[debug]") {
    constexpr std::size_t many = 20'000;
    std::vector<std::unique_ptr<mutex>> locks;
    std::vector<future<>> all;
    for (std::size_t i = 0; i < many; ++i) locks.push_back(std::make_unique<mutex>());
    for (std::size_t i = 0; i < many; ++i) all.push_back(spawn(takes_both(*locks[i], *locks[(i + 1) % many]), "x"));
    const std::string dump = co_await dump_of_all();
    const rings found = deadlocks(dump);
    REQUIRE(found.size() == 1);
    CHECK(found[0].size() == std::string("'x' -> ").size() * many + std::string("'x'").size());
    co_await end(std::move(all));
}
