// Items through queues, channels and broadcasts while tasks are cancelled at random, from seeds: none is lost, none comes twice.
#include "sync_support.hpp"

using namespace gyre;
using gyre::test::turns;

namespace {

// Counts tasks that are on their way.
class crew {
public:
    void add(task<> t) { all_.push_back(spawn(std::move(t))); }
    void cancel_one(test::dice& d) { all_[static_cast<std::size_t>(d.roll(static_cast<int>(all_.size())))].cancel(); }
    bool done() const {
        return std::all_of(all_.begin(), all_.end(), [](const future<void>& f) { return f.done(); });
    }
    // Lets all begin: one that is cancelled before never runs.
    static task<> begins() { return turns(2); }
    // False when they do not come to an end.
    task<bool> ends() {
        for (int i = 0; i < 5000 && !done(); ++i) co_await yield();
        const bool ended = done();
        if (!ended) co_return false;
        for (auto& f : all_) co_await test::ends_cancelled(f);
        co_return true;
    }

private:
    std::vector<future<void>> all_;
};

std::vector<int> sorted(std::vector<int> v) {
    std::sort(v.begin(), v.end());
    return v;
}

template <class Queue, bool Fifo>
struct queue_game {
    queue_game(unsigned seed, std::size_t max_size, int consumers) : d(seed), q(max_size), consumer_count(consumers) {}

    task<> produce() {
        for (int i = 0; i < 15; ++i) {
            try {
                co_await turns(d.roll(3));
                const int item = next++;
                if (d.chance(4)) {
                    int offered = item;
                    if (q.try_put(std::move(offered))) put.push_back(item);
                } else {
                    co_await q.put(item);
                    put.push_back(item);
                }
            } catch (const cancelled_error&) {
            }
        }
    }
    task<> consume() {
        for (;;) {
            try {
                std::optional<int> item;
                const int how = d.roll(3);
                if (how == 0) {
                    item = q.try_get();
                    if (!item) co_await yield();
                } else if (how == 1) {
                    item = co_await q.next();
                    if (!item) co_return;
                } else {
                    item = co_await q.get();
                }
                if (item) {
                    got.push_back(*item);
                    q.task_done();
                }
                co_await turns(d.roll(3));
            } catch (const cancelled_error&) {
            } catch (const queue_shut_down&) {
                co_return;
            }
        }
    }

    task<> play() {
        crew producers;
        crew consumers;
        for (int i = 0; i < 3; ++i) producers.add(produce());
        for (int i = 0; i < consumer_count; ++i) consumers.add(consume());
        co_await crew::begins();
        for (int i = 0; i < 40; ++i) {
            co_await turns(d.roll(3));
            if (d.chance(2))
                producers.cancel_one(d);
            else
                consumers.cancel_one(d);
        }
        const bool produced = co_await producers.ends();
        REQUIRE(produced);
        q.shutdown();
        const bool consumed = co_await consumers.ends();
        REQUIRE(consumed);
        REQUIRE(q.empty());
        if (Fifo && consumer_count == 1) REQUIRE(std::is_sorted(got.begin(), got.end()));
        REQUIRE(sorted(got) == sorted(put));
        co_await q.join();
    }

    test::dice d;
    Queue q;
    int consumer_count;
    int next = 0;
    std::vector<int> put;
    std::vector<int> got;
};

template <class Queue, bool Fifo>
void play_queue() {
    for (unsigned seed = 1; seed <= 60; ++seed) {
        for (const std::size_t max_size : {0U, 1U, 3U}) {
            for (const int consumers : {1, 3}) {
                INFO("seed " << seed << ", size " << max_size << ", consumers " << consumers);
                queue_game<Queue, Fifo> g(seed, max_size, consumers);
                test::run([&] { return g.play(); }, test::virtual_time_options());
            }
        }
    }
}

struct channel_game {
    channel_game(unsigned seed, std::size_t capacity, int receivers) : d(seed), ends(channel<int>(capacity)), receiver_count(receivers) {}

    task<> produce(sender<int> tx) {
        for (int i = 0; i < 12; ++i) {
            try {
                co_await turns(d.roll(3));
                const int how = d.roll(4);
                if (how == 0) {
                    const int item = next++;
                    if (tx.try_send(item)) put.push_back(item);
                } else if (how == 1) {
                    auto permit = co_await tx.reserve();
                    co_await turns(d.roll(3));
                    if (d.chance(2)) {
                        const int item = next++;
                        permit.send(item);
                        put.push_back(item);
                    }
                } else {
                    const int item = next++;
                    co_await tx.send(item);
                    put.push_back(item);
                }
            } catch (const cancelled_error&) {
            }
        }
    }
    task<> consume(receiver<int> rx) {
        for (;;) {
            try {
                std::optional<int> item;
                const int how = d.roll(3);
                if (how == 0) {
                    item = rx.try_receive();
                    if (!item) co_await yield();
                } else if (how == 1) {
                    item = co_await rx.next();
                    if (!item) co_return;
                } else {
                    item = co_await rx.receive();
                }
                if (item) got.push_back(*item);
                co_await turns(d.roll(3));
            } catch (const cancelled_error&) {
            } catch (const channel_closed&) {
                co_return;
            }
        }
    }

    task<> play() {
        crew producers;
        crew consumers;
        for (int i = 0; i < 3; ++i) producers.add(produce(ends.tx));
        for (int i = 0; i < receiver_count; ++i) consumers.add(consume(ends.rx));
        ends = channel_ends<int>();
        co_await crew::begins();
        for (int i = 0; i < 40; ++i) {
            co_await turns(d.roll(3));
            if (d.chance(2))
                producers.cancel_one(d);
            else
                consumers.cancel_one(d);
        }
        const bool produced = co_await producers.ends();
        REQUIRE(produced);
        // The last sender is gone: they drain it and end.
        const bool consumed = co_await consumers.ends();
        REQUIRE(consumed);
        REQUIRE(sorted(got) == sorted(put));
    }

    test::dice d;
    channel_ends<int> ends;
    int receiver_count;
    int next = 0;
    std::vector<int> put;
    std::vector<int> got;
};

struct broadcast_game {
    explicit broadcast_game(unsigned seed) : d(seed), b(static_cast<std::size_t>(1 + d.roll(4))) {}

    struct listener {
        listener() = default;
        std::vector<int> seen;
        int from = 0;
        std::size_t missed = 0;
    };

    task<> listen(listener& me) {
        auto s = b.subscribe();
        me.from = next;
        for (;;) {
            try {
                co_await turns(d.roll(4));
                const auto item = co_await s.next();
                if (!item) break;
                me.seen.push_back(*item);
            } catch (const cancelled_error&) {
            }
        }
        me.missed = s.missed();
    }

    task<> play() {
        std::vector<listener> listeners(4);
        crew all;
        for (listener& l : listeners) all.add(listen(l));
        co_await crew::begins();
        for (int i = 0; i < 40; ++i) {
            co_await turns(d.roll(3));
            b.send(next++);
            if (d.chance(3)) all.cancel_one(d);
        }
        b.close();
        const bool ended = co_await all.ends();
        REQUIRE(ended);
        for (const listener& l : listeners) {
            REQUIRE(std::is_sorted(l.seen.begin(), l.seen.end()));
            REQUIRE(std::adjacent_find(l.seen.begin(), l.seen.end()) == l.seen.end());
            REQUIRE(l.seen.size() + l.missed == static_cast<std::size_t>(next - l.from));
        }
    }

    test::dice d;
    broadcast<int> b;
    int next = 0;
};

}  // namespace

TEST_CASE("a queue loses nothing under random cancels", "[sync][random]") { play_queue<queue<int>, true>(); }
TEST_CASE("a lifo queue loses nothing under random cancels", "[sync][random]") { play_queue<lifo_queue<int>, false>(); }
TEST_CASE("a priority queue loses nothing under random cancels", "[sync][random]") { play_queue<priority_queue<int>, false>(); }

TEST_CASE("a channel loses nothing under random cancels", "[sync][random]") {
    for (unsigned seed = 1; seed <= 60; ++seed) {
        for (const std::size_t capacity : {0U, 1U, 3U}) {
            for (const int receivers : {1, 3}) {
                INFO("seed " << seed << ", capacity " << capacity << ", receivers " << receivers);
                channel_game g(seed, capacity, receivers);
                test::run([&] { return g.play(); }, test::virtual_time_options());
            }
        }
    }
}

TEST_CASE("a broadcast accounts for every item under random cancels", "[sync][random]") {
    for (unsigned seed = 1; seed <= 150; ++seed) {
        INFO("seed " << seed);
        broadcast_game g(seed);
        test::run([&] { return g.play(); }, test::virtual_time_options());
    }
}
