// for_each, collect, map, filter, take, enumerate, zip and chunk over generators: what they give, and that their source is closed
// whenever they end.
#include <stdexcept>
#include <string>
#include <vector>

#include "support/count.hpp"
#include "support/test.hpp"

using namespace std::chrono_literals;
using gyre::test::count;
using gyre::test::tracked;

namespace {

gyre::async_generator<int> fails_after(int n) {
    const tracked guard;
    for (int i = 0; i < n; ++i) co_yield i;
    throw std::runtime_error("source failed");
}
gyre::async_generator<std::unique_ptr<int>> boxes(int n) {
    for (int i = 0; i < n; ++i) co_yield std::make_unique<int>(i);
}
gyre::async_generator<int&> elements(std::vector<int>& of) {
    for (int& element : of) co_yield element;
}
gyre::task<int> doubled(int n) {
    co_await gyre::sleep(1ms);
    co_return 2 * n;
}
gyre::task<bool> is_odd(const int& n) {
    co_await gyre::sleep(1ms);
    co_return n % 2 != 0;
}

using ints = std::vector<int>;

}  // namespace

GYRE_TEST_VIRTUAL("for_each calls a plain function for every item, in order") {
    ints seen;
    co_await gyre::for_each(count(4), [&](int n) { seen.push_back(n); });
    CHECK(seen == ints{0, 1, 2, 3});
}

GYRE_TEST_VIRTUAL("for_each awaits what its function gives before it asks for the next item") {
    ints seen;
    int running = 0;
    auto fn = [&](int n) -> gyre::task<> {
        CHECK(++running == 1);
        co_await gyre::sleep(5ms);
        seen.push_back(n);
        --running;
    };
    const gyre::test::loop_stopwatch watch;
    co_await gyre::for_each(count(3), fn);
    CHECK(seen == ints{0, 1, 2});
    CHECK(watch.elapsed() == 18ms);
}

GYRE_TEST_VIRTUAL("for_each and collect leave an lvalue open, to be iterated further") {
    auto g = count(5);
    struct enough {};
    bool left = false;
    auto fn = [](int n) {
        if (n == 1) throw enough();
    };
    try {
        co_await gyre::for_each(g, fn);
    } catch (const enough&) {
        left = true;
    }
    CHECK(left);
    const ints rest = co_await gyre::collect(g);
    CHECK(rest == ints{2, 3, 4});
}

GYRE_TEST_VIRTUAL("for_each closes a source of its own when its function throws") {
    tracked::reset();
    bool thrown = false;
    auto fn = [](int) { throw std::runtime_error("no"); };
    try {
        co_await gyre::for_each(count(3), fn);
    } catch (const std::runtime_error&) {
        CHECK(tracked::alive() == 0);
        thrown = true;
    }
    CHECK(thrown);
}

GYRE_TEST("for_each gives items that can only be moved, and items by reference") {
    int sum = 0;
    co_await gyre::for_each(boxes(4), [&](std::unique_ptr<int> box) { sum += *box; });
    co_await gyre::for_each(boxes(4), [&](std::unique_ptr<int>& box) { sum += *box; });
    CHECK(sum == 12);
    ints values{1, 2, 3};
    co_await gyre::for_each(elements(values), [](int& n) { n *= 10; });
    CHECK(values == ints{10, 20, 30});
}

GYRE_TEST_VIRTUAL("collect gives every item") {
    const ints all = co_await gyre::collect(count(3));
    CHECK(all == ints{0, 1, 2});
    const ints none = co_await gyre::collect(count(0));
    CHECK(none.empty());
    const ints empty = co_await gyre::collect(gyre::async_generator<int>());
    CHECK(empty.empty());
}

GYRE_TEST_VIRTUAL("collect throws what its source throws") {
    bool thrown = false;
    try {
        co_await gyre::collect(fails_after(2));
    } catch (const std::runtime_error&) {
        thrown = true;
    }
    CHECK(thrown);
}

GYRE_TEST_VIRTUAL("map applies a plain function, lazily") {
    int calls = 0;
    auto fn = [&](int n) {
        ++calls;
        return std::to_string(n);
    };
    auto texts = gyre::map(count(3), fn);
    const auto first = co_await texts.next();
    CHECK(first == "0");
    CHECK(calls == 1);
    const std::vector<std::string> rest = co_await gyre::collect(texts);
    CHECK(rest == std::vector<std::string>{"1", "2"});
}

GYRE_TEST_VIRTUAL("map awaits what its function gives") {
    const ints all = co_await gyre::collect(gyre::map(count(4), doubled));
    CHECK(all == ints{0, 2, 4, 6});
}

GYRE_TEST("map gives references when its function does") {
    ints values{1, 2, 3};
    auto itself = [](int& n) -> int& { return n; };
    auto same = gyre::map(elements(values), itself);
    static_assert(std::is_same_v<decltype(same), gyre::async_generator<int&>>);
    co_await gyre::for_each(same, [](int& n) { ++n; });
    CHECK(values == ints{2, 3, 4});
}

GYRE_TEST_VIRTUAL("an error of map's function ends the map, closes its source and is thrown once") {
    tracked::reset();
    auto fn = [](int n) {
        if (n == 1) throw std::runtime_error("one");
        return n;
    };
    auto g = gyre::map(count(3), fn);
    const auto first = co_await g.next();
    CHECK(first == 0);
    bool thrown = false;
    try {
        co_await g.next();
    } catch (const std::runtime_error&) {
        thrown = true;
        CHECK(tracked::alive() == 0);
    }
    CHECK(thrown);
    const auto after = co_await g.next();
    CHECK_FALSE(after.has_value());
}

GYRE_TEST_VIRTUAL("filter keeps what a plain or an awaited predicate wants") {
    auto even = [](int n) { return n % 2 == 0; };
    const ints evens = co_await gyre::collect(gyre::filter(count(6), even));
    CHECK(evens == ints{0, 2, 4});
    const ints odds = co_await gyre::collect(gyre::filter(count(6), is_odd));
    CHECK(odds == ints{1, 3, 5});
    auto big = [](const std::unique_ptr<int>& box) { return *box > 1; };
    const auto moved = co_await gyre::collect(gyre::filter(boxes(4), big));
    CHECK(moved.size() == 2);
}

GYRE_TEST_VIRTUAL("take gives n items and does not ask for another") {
    int asked = 0;
    auto endless = [&]() -> gyre::async_generator<int> {
        while (true) co_yield asked++;
    };
    const ints three = co_await gyre::collect(gyre::take(endless(), 3));
    CHECK(three == ints{0, 1, 2});
    CHECK(asked == 3);
    const ints none = co_await gyre::collect(gyre::take(endless(), 0));
    CHECK(none.empty());
    CHECK(asked == 3);
    const ints all = co_await gyre::collect(gyre::take(count(2), 5));
    CHECK(all == ints{0, 1});
}

GYRE_TEST_VIRTUAL("take closes a source of its own as soon as it ends, and leaves another's open") {
    tracked::reset();
    auto two = gyre::take(count(5), 2);
    co_await two.next();
    co_await two.next();
    CHECK(tracked::alive() == 1);
    co_await two.next();
    CHECK(tracked::alive() == 0);
    auto g = count(5);
    const ints head = co_await gyre::collect(gyre::take(g, 2));
    const ints tail = co_await gyre::collect(g);
    CHECK(head == ints{0, 1});
    CHECK(tail == ints{2, 3, 4});
}

GYRE_TEST_VIRTUAL("enumerate numbers the items") {
    auto numbered = gyre::enumerate(gyre::map(count(2), doubled), 7);
    const auto all = co_await gyre::collect(numbered);
    CHECK(all == std::vector<std::pair<std::size_t, int>>{{7, 0}, {8, 2}});
}

GYRE_TEST_VIRTUAL("zip stops at the shortest, and closes the others") {
    tracked::reset();
    const auto all = co_await gyre::collect(gyre::zip(count(5), boxes(2), count(3)));
    REQUIRE(all.size() == 2);
    CHECK(std::get<0>(all[1]) == 1);
    CHECK(*std::get<1>(all[1]) == 1);
    CHECK(std::get<2>(all[1]) == 1);
    CHECK(tracked::alive() == 0);
}

GYRE_TEST_VIRTUAL("zip asks its sources at the same time") {
    const gyre::test::loop_stopwatch watch;
    const auto all = co_await gyre::collect(gyre::zip(count(3), count(3)));
    CHECK(all.size() == 3);
    CHECK(watch.elapsed() == 3ms);
}

GYRE_TEST_VIRTUAL("an error of one of zip's sources cancels the others and is thrown") {
    tracked::reset();
    auto rounds = gyre::zip(fails_after(1), count(5));
    co_await rounds.next();
    bool thrown = false;
    try {
        co_await rounds.next();
    } catch (const std::runtime_error&) {
        thrown = true;
        CHECK(tracked::alive() == 0);
    }
    CHECK(thrown);
}

GYRE_TEST_VIRTUAL("chunk gives vectors of n, the last one what is left") {
    const auto all = co_await gyre::collect(gyre::chunk(count(5), 2));
    CHECK(all == std::vector<ints>{{0, 1}, {2, 3}, {4}});
    const auto even = co_await gyre::collect(gyre::chunk(count(4), 2));
    CHECK(even == std::vector<ints>{{0, 1}, {2, 3}});
    const auto moved = co_await gyre::collect(gyre::chunk(boxes(3), 2));
    CHECK(moved.size() == 2);
}

GYRE_TEST("chunk gives what came before an error, then throws it") {
    auto chunks = gyre::chunk(fails_after(3), 2);
    ints seen;
    bool thrown = false;
    auto note = [&](const ints& c) { seen.insert(seen.end(), c.begin(), c.end()); };
    try {
        co_await gyre::for_each(chunks, note);
    } catch (const std::runtime_error&) {
        thrown = true;
    }
    CHECK(thrown);
    CHECK(seen == ints{0, 1, 2});
}

GYRE_TEST("chunks of nothing are refused") {
    try {
        static_cast<void>(gyre::chunk(count(1), 0));
        FAIL("no error");
    } catch (const std::invalid_argument& e) {
        CHECK_THAT(e.what(), Catch::Contains("chunk()") && Catch::Contains("at least 1"));
    }
    co_return;
}

GYRE_TEST_VIRTUAL("a chain of adaptors that is dropped, or closed, closes its source") {
    auto even = [](int n) { return n % 2 == 0; };
    const auto chain = [&] { return gyre::chunk(gyre::enumerate(gyre::filter(gyre::map(gyre::take(count(100), 50), doubled), even)), 2); };
    tracked::reset();
    {
        auto dropped = chain();
        co_await dropped.next();
        CHECK(tracked::alive() == 1);
    }
    CHECK(tracked::alive() == 0);
    auto closed = chain();
    co_await closed.next();
    co_await closed.close();
    CHECK(tracked::alive() == 0);
    const auto after = co_await closed.next();
    CHECK_FALSE(after.has_value());
    {
        auto never_started = chain();
    }
    CHECK(tracked::alive() == 0);
}

GYRE_TEST_VIRTUAL("a cancel of who iterates reaches the source, which is closed before the task ends") {
    tracked::reset();
    auto work = []() -> gyre::task<> { co_await gyre::collect(gyre::map(count(100), doubled)); };
    auto f = gyre::spawn(work());
    co_await gyre::sleep(5ms);
    f.cancel();
    co_await gyre::yield();
    co_await gyre::yield();
    CHECK(f.cancelled());
    CHECK(tracked::alive() == 0);
}

GYRE_TEST_VIRTUAL("a source with a close() of its own is closed, awaited and shielded, however the loop over it ends") {
    struct lines {
        explicit lines(int& closed) : closed_(&closed) {}
        gyre::task<std::optional<int>> next() {
            co_await gyre::sleep(1ms);
            co_return ++n_ > 3 ? std::optional<int>() : n_;
        }
        gyre::task<> close() {
            co_await gyre::sleep(5ms);
            ++*closed_;
        }
        int* closed_;
        int n_ = 0;
    };
    int closed = 0;
    const ints all = co_await gyre::collect(lines(closed));
    CHECK(all == ints{1, 2, 3});
    CHECK(closed == 1);
    auto fails = [](int) { throw std::runtime_error("no"); };
    try {
        co_await gyre::for_each(lines(closed), fails);
    } catch (const std::runtime_error&) {
    }
    CHECK(closed == 2);
    auto waits = [](int) -> gyre::task<> { co_await gyre::sleep(1h); };
    auto work = [&]() -> gyre::task<> { co_await gyre::for_each(lines(closed), waits); };
    auto f = gyre::spawn(work());
    co_await gyre::sleep(3ms);
    f.cancel();
    co_await gyre::sleep(1ms);
    f.cancel();
    CHECK(closed == 2);
    const auto end = co_await gyre::as_outcome(f);
    CHECK(end.cancelled());
    CHECK(closed == 3);
    lines kept(closed);
    const ints more = co_await gyre::collect(kept);
    CHECK(closed == 3);
}
