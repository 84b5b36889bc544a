// The adaptors over everything that has a next().
#include <string>
#include <vector>

#include "support/test.hpp"

using namespace std::chrono_literals;

namespace {

using ints = std::vector<int>;

gyre::task<int> after(int ms) {
    co_await gyre::sleep(std::chrono::milliseconds(ms));
    co_return ms;
}
int plus_one(int n) { return n + 1; }

}  // namespace

static_assert(gyre::async_iterator<gyre::async_generator<int>>);
static_assert(gyre::async_iterator<gyre::async_generator<int&>>);
static_assert(gyre::async_iterator<gyre::queue<int>>);
static_assert(gyre::async_iterator<gyre::lifo_queue<int>>);
static_assert(gyre::async_iterator<gyre::priority_queue<int>>);
static_assert(gyre::async_iterator<gyre::receiver<int>>);
static_assert(gyre::async_iterator<gyre::broadcast<int>::subscription>);
static_assert(!gyre::async_iterator<ints>);
static_assert(!gyre::async_iterator<gyre::task<int>>);

GYRE_TEST_VIRTUAL("a queue is iterated where it stands, by every adaptor") {
    gyre::queue<int> q;
    for (int i = 0; i < 12; ++i) q.put_nowait(i);
    const ints mapped = co_await gyre::collect(gyre::take(gyre::map(q, plus_one), 2));
    CHECK(mapped == ints{1, 2});
    const auto numbered = co_await gyre::collect(gyre::take(gyre::enumerate(q), 1));
    CHECK(numbered.at(0).second == 2);
    auto odd = [](int n) { return n % 2 != 0; };
    const ints odds = co_await gyre::collect(gyre::take(gyre::filter(q, odd), 2));
    CHECK(odds == ints{3, 5});
    auto pairs = gyre::zip(q, q);
    const auto pair = co_await pairs.next();
    CHECK(pair == std::tuple(6, 7));
    auto chunks = gyre::chunk(q, 2);
    const auto chunk = co_await chunks.next();
    CHECK(chunk == ints{8, 9});
    q.shutdown();
    const ints rest = co_await gyre::collect(q);
    CHECK(rest == ints{10, 11});
}

GYRE_TEST_VIRTUAL("for_each over a queue works until it is shut down") {
    gyre::queue<int> q(1);
    ints seen;
    auto consume = [&]() -> gyre::task<> { co_await gyre::for_each(q, [&](int n) { seen.push_back(n); }); };
    auto f = gyre::spawn(consume());
    for (int i = 0; i < 3; ++i) co_await q.put(i);
    q.shutdown();
    co_await f;
    CHECK(seen == ints{0, 1, 2});
}

GYRE_TEST_VIRTUAL("an adaptor has a copy of a receiver, or the receiver that was moved in") {
    auto ends = gyre::channel<int>(4);
    co_await ends.tx.send(1);
    co_await ends.tx.send(2);
    {
        auto mapped = gyre::map(ends.rx, plus_one);
        const auto first = co_await mapped.next();
        CHECK(first == 2);
    }
    const int second = co_await ends.rx.receive();
    CHECK(second == 2);
    {
        auto mapped = gyre::map(std::move(ends.rx), plus_one);
        co_await ends.tx.send(3);
        const auto third = co_await mapped.next();
        CHECK(third == 4);
    }
    const bool sent = ends.tx.try_send(4);
    CHECK_FALSE(sent);  // no receiver is left
}

GYRE_TEST_VIRTUAL("a take that has ended lets go of its receiver, though it still lives") {
    auto ends = gyre::channel<int>(4);
    co_await ends.tx.send(1);
    auto one = gyre::take(std::move(ends.rx), 1);
    co_await one.next();
    co_await one.next();
    const bool sent = ends.tx.try_send(2);
    CHECK_FALSE(sent);
}

GYRE_TEST_VIRTUAL("a subscription is iterated until its broadcast closes") {
    gyre::broadcast<std::string> b(8);
    auto s = b.subscribe();
    b.send("a");
    b.send("b");
    b.close();
    auto length = [](const std::string& text) { return text.size(); };
    const auto lengths = co_await gyre::collect(gyre::map(s, length));
    CHECK(lengths == std::vector<std::size_t>{1, 1});
    const auto all = co_await gyre::collect(s);
    CHECK(all == std::vector<std::string>{"a", "b"});
}

GYRE_TEST_VIRTUAL("map_unordered and as_completed are iterated like any other") {
    const ints delays{30, 10, 20};
    const ints first_two = co_await gyre::collect(gyre::take(gyre::map_unordered(delays, 3, after), 2));
    CHECK(first_two == ints{10, 20});
    std::vector<gyre::future<int>> futures;
    for (const int ms : {3, 1, 2}) futures.push_back(gyre::spawn(after(ms)));
    ints results;
    co_await gyre::for_each(gyre::as_completed(futures), [&](const gyre::future<int>& f) { results.push_back(f.result()); });
    CHECK(results == ints{1, 2, 3});
}

GYRE_TEST_VIRTUAL("closing a map_unordered waits for the calls that it cancels") {
    int cleaned = 0;
    auto fn = [&](int ms) -> gyre::task<int> {
        auto body = [ms]() -> gyre::task<> { co_await after(ms); };
        auto cleanup = [&]() -> gyre::task<> {
            co_await gyre::sleep(5ms);
            ++cleaned;
        };
        co_await gyre::try_finally(body, cleanup);
        co_return ms;
    };
    const ints delays{1, 1000, 1000};
    auto results = gyre::map_unordered(delays, 3, fn);
    const auto first = co_await results.next();
    CHECK(first == 1);
    co_await results.close();
    CHECK(cleaned == 3);
    // The same through an adaptor, when its consumer fails.
    auto fails = [](int) { throw std::runtime_error("no"); };
    bool thrown = false;
    try {
        co_await gyre::for_each(gyre::take(gyre::map_unordered(delays, 3, fn), 2), fails);
    } catch (const std::runtime_error&) {
        thrown = true;
        CHECK(cleaned == 6);
    }
    CHECK(thrown);
}

GYRE_TEST_VIRTUAL("a loop over an adaptor that always has items lets others run") {
    auto endless = []() -> gyre::async_generator<int> {
        for (int i = 0;; ++i) co_yield i;
    };
    bool stop = false;
    auto stopper = [&]() -> gyre::task<> {
        stop = true;
        co_return;
    };
    auto f = gyre::spawn(stopper());
    auto items = gyre::map(endless(), plus_one);
    int seen = 0;
    while (!stop && seen < 100'000) {
        co_await items.next();
        ++seen;
    }
    CHECK(stop);
    CHECK(seen < 1000);
    co_await f;
}
