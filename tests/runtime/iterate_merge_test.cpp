// merge(): order, errors, and the end of what runs beside it.
#include <stdexcept>
#include <vector>

#include "support/test.hpp"

using namespace std::chrono_literals;

namespace {

struct here;
using tracked = gyre::test::live_object<here>;
using ints = std::vector<int>;

// Gives first, first + 1, ..., one each `every`.
gyre::async_generator<int> ticks(int first, int n, gyre::duration every) {
    const tracked guard;
    for (int i = 0; i < n; ++i) {
        co_await gyre::sleep(every);
        co_yield first + i;
    }
}
gyre::async_generator<int> fails_at(gyre::duration when) {
    const tracked guard;
    co_await gyre::sleep(when);
    throw std::runtime_error("source failed");
    co_yield 0;
}
// Takes its time to unwind.
gyre::async_generator<int> slow_to_end(int& cleaned) {
    const tracked guard;
    auto body = []() -> gyre::task<> { co_await gyre::sleep(1h); };
    auto cleanup = [&]() -> gyre::task<> {
        co_await gyre::sleep(5ms);
        ++cleaned;
    };
    co_yield 0;
    co_await gyre::try_finally(body, cleanup);
}

template <class... G>
std::vector<gyre::async_generator<int>> all_of(G... generators) {
    std::vector<gyre::async_generator<int>> all;
    (all.push_back(std::move(generators)), ...);
    return all;
}

}  // namespace

GYRE_TEST_VIRTUAL("merge gives the items in the order in which they come") {
    const gyre::test::loop_stopwatch watch;
    const ints all = co_await gyre::collect(gyre::merge(all_of(ticks(0, 3, 10ms), ticks(100, 2, 14ms))));
    CHECK(all == ints{0, 100, 1, 101, 2});
    CHECK(watch.elapsed() == 30ms);
    CHECK(tracked::alive() == 0);
}

GYRE_TEST("merge of nothing, or of what has ended, ends at once") {
    const ints none = co_await gyre::collect(gyre::merge(std::vector<gyre::async_generator<int>>()));
    CHECK(none.empty());
    const ints empty = co_await gyre::collect(gyre::merge(all_of(gyre::async_generator<int>(), ticks(0, 0, 1ms))));
    CHECK(empty.empty());
}

GYRE_TEST_VIRTUAL("merge takes different sources with a common type of items") {
    gyre::queue<int> q;
    auto ends = gyre::channel<short>(4);
    q.put_nowait(1);
    q.put_nowait(2);
    q.shutdown();
    co_await ends.tx.send(3);
    ends.tx.close();
    auto items = gyre::merge(q, std::move(ends.rx), ticks(10, 1, 1ms));
    static_assert(std::is_same_v<decltype(items), gyre::async_generator<int>>);
    ints all = co_await gyre::collect(std::move(items));
    std::sort(all.begin(), all.end());
    CHECK(all == ints{1, 2, 3, 10});
}

GYRE_TEST_VIRTUAL("a source that always has items does not keep the others from being heard") {
    auto endless = []() -> gyre::async_generator<int> {
        while (true) co_yield 1;
    };
    auto items = gyre::merge(all_of(endless(), ticks(100, 1, gyre::duration::zero())));
    bool heard = false;
    for (int i = 0; i < 100 && !heard; ++i) {
        const auto item = co_await items.next();
        heard = item == 100;
    }
    CHECK(heard);
}

GYRE_TEST_VIRTUAL("merge runs no further ahead than one item of each source, and not before it is asked") {
    int given = 0;
    auto source = [&]() -> gyre::async_generator<int> {
        while (true) co_yield ++given;
    };
    auto items = gyre::merge(all_of(source(), source()));
    co_await gyre::sleep(1ms);
    CHECK(given == 0);
    co_await items.next();
    co_await gyre::sleep(1ms);
    CHECK(given == 2);
}

GYRE_TEST_VIRTUAL("an error in merge cancels the other sources, awaits them, and is thrown as it is") {
    tracked::reset();
    int cleaned = 0;
    auto items = gyre::merge(all_of(slow_to_end(cleaned), fails_at(10ms), ticks(0, 100, 1h)));
    const auto first = co_await items.next();
    CHECK(first == 0);
    const gyre::test::loop_stopwatch watch;
    bool thrown = false;
    try {
        co_await items.next();
    } catch (const std::runtime_error&) {
        thrown = true;
        CHECK(cleaned == 1);
        CHECK(tracked::alive() == 0);
    }
    CHECK(thrown);
    CHECK(watch.elapsed() == 15ms);
    const auto after = co_await items.next();
    CHECK_FALSE(after.has_value());
}

GYRE_TEST_VIRTUAL("what came before an error is given before it") {
    auto items = gyre::merge(all_of(ticks(7, 1, 10ms), fails_at(10ms)));
    const auto first = co_await items.next();
    CHECK(first == 7);
    bool thrown = false;
    try {
        co_await items.next();
    } catch (const std::runtime_error&) {
        thrown = true;
    }
    CHECK(thrown);
}

GYRE_TEST_VIRTUAL("closing a merge cancels the sources that are being waited for and waits for their end") {
    tracked::reset();
    int cleaned = 0;
    auto items = gyre::merge(all_of(slow_to_end(cleaned), ticks(0, 100, 5ms), ticks(0, 100, 1h)));
    co_await items.next();
    co_await items.next();
    const gyre::test::loop_stopwatch watch;
    co_await items.close();
    CHECK(cleaned == 1);
    CHECK(tracked::alive() == 0);
    CHECK(watch.elapsed() == 5ms);
    const auto after = co_await items.next();
    CHECK_FALSE(after.has_value());
}

GYRE_TEST_VIRTUAL("a merge that is dropped lets go of idle sources at once, and of the others when their cancel is through") {
    tracked::reset();
    {
        auto items = gyre::merge(all_of(ticks(0, 100, 1ms), ticks(0, 100, 1h)));
        co_await items.next();
        CHECK(tracked::alive() == 2);
    }
    CHECK(tracked::alive() == 1);
    co_await gyre::yield();
    CHECK(tracked::alive() == 0);
}

GYRE_TEST_VIRTUAL("closing an adaptor over a merge, or over a merge of merges, waits for their sources too") {
    int cleaned = 0;
    auto nested = gyre::merge(all_of(gyre::merge(all_of(slow_to_end(cleaned), ticks(0, 9, 1ms))), ticks(0, 9, 1h)));
    auto same = [](int n) { return n; };
    auto chain = gyre::take(gyre::map(std::move(nested), same), 100);
    co_await chain.next();
    co_await chain.next();
    co_await chain.close();
    CHECK(cleaned == 1);
    auto zipped = gyre::zip(ticks(0, 9, 1ms), gyre::merge(all_of(slow_to_end(cleaned), ticks(0, 9, 1ms))));
    co_await zipped.next();
    co_await zipped.next();
    co_await zipped.close();
    CHECK(cleaned == 2);
}

GYRE_TEST_VIRTUAL("a take over a merge ends when the merge's sources have ended") {
    int cleaned = 0;
    tracked::reset();
    const ints two = co_await gyre::collect(gyre::take(gyre::merge(all_of(slow_to_end(cleaned), ticks(1, 9, 1ms))), 2));
    CHECK(two == ints{0, 1});
    CHECK(cleaned == 1);
    CHECK(tracked::alive() == 0);
}

GYRE_TEST_VIRTUAL("for_each over a merge of its own leaves nothing running when its function throws") {
    int cleaned = 0;
    auto fn = [](int n) {
        if (n == 1) throw std::runtime_error("one");
    };
    bool thrown = false;
    try {
        co_await gyre::for_each(gyre::merge(all_of(slow_to_end(cleaned), ticks(1, 9, 1ms))), fn);
    } catch (const std::runtime_error&) {
        thrown = true;
        CHECK(cleaned == 1);
    }
    CHECK(thrown);
}

GYRE_TEST_VIRTUAL("with closes a merge behind its body, shielded from a cancel") {
    int cleaned = 0;
    auto work = [&]() -> gyre::task<> {
        auto items = gyre::merge(all_of(slow_to_end(cleaned), ticks(1, 9, 1ms)));
        co_await gyre::with(items, [](gyre::async_generator<int>& g) -> gyre::task<> {
            co_await g.next();
            co_await g.next();
            co_await gyre::sleep(1h);
        });
    };
    auto f = gyre::spawn(work());
    co_await gyre::sleep(10ms);
    f.cancel();
    co_await gyre::sleep(1ms);
    f.cancel();
    const auto end = co_await gyre::as_outcome(f);
    CHECK(end.cancelled());
    CHECK(cleaned == 1);
}

GYRE_TEST_VIRTUAL("a cancel of who waits for a merge reaches every source") {
    tracked::reset();
    auto work = []() -> gyre::task<> { co_await gyre::collect(gyre::merge(all_of(ticks(0, 9, 1h), ticks(0, 9, 2h)))); };
    auto f = gyre::spawn(work());
    co_await gyre::sleep(1ms);
    CHECK(tracked::alive() == 2);
    f.cancel();
    const auto end = co_await gyre::as_outcome(f);
    CHECK(end.cancelled());
    CHECK(tracked::alive() == 0);
}

GYRE_TEST_VIRTUAL("a cancel loses no item that merge has taken from a queue") {
    for (const bool cancel_first : {true, false}) {
        gyre::queue<int> a;
        gyre::queue<int> b;
        ints got;
        auto work = [&]() -> gyre::task<> {
            auto items = gyre::merge(a, b);
            while (true) {
                const auto item = co_await items.next();
                if (!item) break;
                got.push_back(*item);
            }
        };
        auto f = gyre::spawn(work());
        co_await gyre::sleep(1ms);
        if (cancel_first) f.cancel();
        a.put_nowait(1);
        b.put_nowait(2);
        if (!cancel_first) f.cancel();
        const auto end = co_await gyre::as_outcome(f);
        CHECK(end.cancelled());
        CHECK(got.size() + a.size() + b.size() == 2);
        CHECK(got.size() == (cancel_first ? 0 : 2));
    }
}

GYRE_TEST("merge of references gives references") {
    ints values{1, 2, 3};
    auto elements = [&]() -> gyre::async_generator<int&> {
        for (int& v : values) co_yield v;
    };
    std::vector<gyre::async_generator<int&>> sources;
    sources.push_back(elements());
    co_await gyre::for_each(gyre::merge(std::move(sources)), [](int& n) { n = -n; });
    CHECK(values == ints{-1, -2, -3});
}
