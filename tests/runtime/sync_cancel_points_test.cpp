// A cancel at every await of a script, before it begins and in every turn while it waits: nothing is lost, nobody hangs, every guard
// is released.
#include "sync_support.hpp"

using namespace gyre;
using gyre::test::cancel_everywhere;
using gyre::test::cancel_points;
using gyre::test::turns;

namespace {

struct mutex_scene {
    cancel_points points;
    mutex m;
    int rounds = 0;

    task<> victim() {
        for (int i = 0; i < 2; ++i) {
            points.here();
            const auto lock = co_await m.lock();
            points.here();
            co_await yield();
        }
    }
    task<> others() {
        for (int i = 0; i < 3; ++i) {
            const auto lock = co_await m.lock();
            co_await turns(2);
            ++rounds;
        }
    }
    void check(bool) const {
        CHECK_FALSE(m.locked());
        CHECK(rounds == 3);
    }
};

struct semaphore_scene {
    cancel_points points;
    semaphore s{2};
    int rounds = 0;

    task<> victim() {
        points.here();
        const auto both = co_await s.acquire(2);
        points.here();
        co_await yield();
    }
    task<> one() {
        for (int i = 0; i < 2; ++i) {
            const auto permit = co_await s.acquire();
            co_await turns(2);
            ++rounds;
        }
    }
    task<> others() {
        auto f = spawn(one());
        co_await one();
        co_await f;
    }
    void check(bool) const {
        CHECK(s.available() == 2);
        CHECK(rounds == 4);
    }
};

struct shared_mutex_scene {
    cancel_points points;
    shared_mutex m;
    int reads = 0;

    task<> victim() {
        points.here();
        {
            const auto lock = co_await m.lock();
            points.here();
            co_await yield();
        }
        points.here();
        const auto lock = co_await m.lock_shared();
        points.here();
        co_await yield();
    }
    task<> read() {
        for (int i = 0; i < 2; ++i) {
            const auto lock = co_await m.lock_shared();
            co_await turns(2);
            ++reads;
        }
    }
    task<> others() {
        auto f = spawn(read());
        co_await yield();
        co_await read();
        co_await f;
        const auto lock = co_await m.lock();
    }
    void check(bool) {
        CHECK(m.try_lock().has_value());
        CHECK(reads == 4);
    }
};

struct event_scene {
    cancel_points points;
    event e;
    bool other_woken = false;

    task<> victim() {
        for (int i = 0; i < 2; ++i) {
            points.here();
            co_await e.wait();
        }
    }
    task<> waits() {
        co_await e.wait();
        other_woken = true;
    }
    task<> others() {
        auto f = spawn(waits());
        co_await turns(3);
        e.set();
        e.clear();
        co_await turns(3);
        e.set();
        co_await f;
    }
    void check(bool) const { CHECK(other_woken); }
};

struct latch_scene {
    cancel_points points;
    latch l{3};
    bool through = false;

    task<> victim() {
        points.here();
        co_await l.arrive_and_wait();
        points.here();
        co_await l.wait();
    }
    task<> waits() {
        co_await l.arrive_and_wait();
        through = true;
    }
    task<> others() {
        auto f = spawn(waits());
        co_await turns(4);
        l.count_down();
        co_await turns(10);
        // The victim has arrived, or was cancelled before that.
        if (!l.try_wait()) l.count_down();
        co_await f;
    }
    void check(bool) const { CHECK(through); }
};

struct condition_scene {
    cancel_points points;
    mutex m;
    condition_variable changed;
    int items = 0;
    int taken = 0;
    bool held = true;

    task<> take_one() {
        auto lock = co_await m.lock();
        co_await changed.wait(lock, [&] { return items > 0; });
        --items;
        ++taken;
    }
    task<> victim() {
        points.here();
        auto lock = co_await m.lock();
        while (items == 0) {
            points.here();
            try {
                co_await changed.wait(lock);
            } catch (const cancelled_error&) {
                held = held && static_cast<bool>(lock) && m.locked();
                throw;
            }
        }
        --items;
        ++taken;
        points.here();
        co_await yield();
    }
    task<> others() {
        auto f = spawn(take_one());
        co_await turns(3);
        for (int i = 0; i < 2; ++i) {
            {
                const auto lock = co_await m.lock();
                ++items;
                co_await yield();
                changed.notify_one();
                co_await yield();
            }
            co_await turns(2);
        }
        // One item for each, so that the other has one whatever became of the victim's.
        co_await f;
    }
    void check(bool) const {
        CHECK(held);
        CHECK_FALSE(m.locked());
        CHECK(taken + items == 2);
    }
};

struct barrier_scene {
    cancel_points points;
    barrier b{2};
    int met = 0;

    task<> victim() {
        for (int i = 0; i < 2; ++i) {
            points.here();
            co_await b.wait();
            ++met;
        }
    }
    task<> meets() {
        for (int i = 0; i < 2; ++i) {
            co_await turns(2);
            co_await b.wait();
            ++met;
        }
    }
    task<> others() {
        auto f = spawn(meets());
        co_await turns(20);
        f.cancel();
        co_await test::ends_cancelled(f);
    }
    void check(bool cancelled) const {
        CHECK(met % 2 == 0);
        CHECK(b.waiting() == 0);
        if (!cancelled) CHECK(met == 4);
    }
};

// The victim gets, another puts.
struct getter_scene {
    cancel_points points;
    queue<int> q{1};
    int got = 0;

    task<> victim() {
        for (int i = 0; i < 3; ++i) {
            points.here();
            got += co_await q.get();
        }
    }
    task<> others() {
        for (int i = 0; i < 3; ++i) {
            co_await turns(i);
            const auto put = [&]() -> task<> { co_await q.put(1); };
            auto f = spawn(put());
            co_await turns(5);
            if (!f.done()) got += q.get_nowait();
            co_await f;
        }
        co_await turns(5);
        while (!q.empty()) got += q.get_nowait();
    }
    void check(bool) const { CHECK(got == 3); }
};

// The victim puts, another gets.
struct putter_scene {
    cancel_points points;
    queue<int> q{1};
    int put = 0;
    int got = 0;

    task<> victim() {
        for (int i = 0; i < 4; ++i) {
            points.here();
            co_await q.put(1);
            ++put;
        }
    }
    task<> others() {
        for (int i = 0; i < 30; ++i) {
            const auto item = q.try_get();
            if (item) {
                ++got;
                q.task_done();
            }
            co_await turns(2);
        }
        co_await q.join();
    }
    void check(bool) const {
        CHECK(put == got);
        CHECK(q.empty());
    }
};

template <std::size_t Capacity>
struct sender_scene {
    sender_scene() : ends(channel<int>(Capacity)) {}
    cancel_points points;
    channel_ends<int> ends;
    int sent = 0;
    int received = 0;

    task<> victim() {
        sender<int> tx = ends.tx;
        points.here();
        co_await tx.send(1);
        ++sent;
        points.here();
        auto permit = co_await tx.reserve();
        points.here();
        co_await yield();
        permit.send(1);
        ++sent;
        points.here();
        co_await tx.send(1);
        ++sent;
    }
    task<> receives() {
        for (;;) {
            const auto item = co_await ends.rx.next();
            if (!item) co_return;
            ++received;
            co_await turns(2);
        }
    }
    task<> others() {
        auto f = spawn(receives());
        co_await turns(30);
        ends.tx.close();
        co_await f;
    }
    void check(bool) const { CHECK(sent == received); }
};

template <std::size_t Capacity>
struct receiver_scene {
    receiver_scene() : ends(channel<int>(Capacity)) {}
    cancel_points points;
    channel_ends<int> ends;
    int received = 0;

    task<> victim() {
        for (int i = 0; i < 3; ++i) {
            points.here();
            received += co_await ends.rx.receive();
        }
    }
    task<> sends() {
        for (int i = 0; i < 3; ++i) {
            co_await ends.tx.send(1);
            co_await turns(i);
        }
        ends.tx.close();
    }
    task<> others() {
        auto f = spawn(sends());
        co_await turns(15);
        for (;;) {
            const auto item = co_await ends.rx.next();
            if (!item) break;
            received += *item;
        }
        co_await f;
    }
    void check(bool) const { CHECK(received == 3); }
};

// The victim waits until all that was put is worked on.
struct join_scene {
    join_scene() {
        q.put_nowait(1);
        q.put_nowait(2);
    }
    cancel_points points;
    queue<int> q;
    bool other_joined = false;

    task<> victim() {
        points.here();
        co_await q.join();
        points.here();
        co_await q.join();
    }
    task<> joins() {
        co_await q.join();
        other_joined = true;
    }
    task<> others() {
        auto f = spawn(joins());
        for (int i = 0; i < 2; ++i) {
            co_await turns(2);
            q.get_nowait();
            q.task_done();
        }
        co_await f;
    }
    void check(bool) const { CHECK(other_joined); }
};

// The victim puts into a full queue that has an order of its own, another gets.
template <class Queue>
struct ordered_queue_scene {
    cancel_points points;
    Queue q{2};
    std::vector<int> put;
    std::vector<int> got;

    task<> victim() {
        for (const int item : {3, 1, 2, 5, 4}) {
            points.here();
            co_await q.put(item);
            put.push_back(item);
        }
    }
    task<> others() {
        for (int i = 0; i < 30; ++i) {
            const auto item = q.try_get();
            if (item) got.push_back(*item);
            co_await turns(2);
        }
    }
    void check(bool) {
        std::sort(put.begin(), put.end());
        std::sort(got.begin(), got.end());
        CHECK(put == got);
        CHECK(q.empty());
    }
};

// The victim waits for a predicate; a notification that it cannot use has to reach the other.
struct predicate_scene {
    cancel_points points;
    mutex m;
    condition_variable changed;
    int items = 0;
    int taken = 0;

    task<> take() {
        auto lock = co_await m.lock();
        co_await changed.wait(lock, [this] { return items > 0; });
        --items;
        ++taken;
    }
    task<> victim() {
        points.here();
        auto lock = co_await m.lock();
        points.here();
        co_await changed.wait(lock, [this] { return items > 0; });
        --items;
        ++taken;
    }
    task<> others() {
        auto f = spawn(take());
        co_await turns(3);
        for (int i = 0; i < 2; ++i) {
            {
                const auto lock = co_await m.lock();
                ++items;
            }
            changed.notify_one();
            co_await turns(2);
        }
        co_await f;
    }
    void check(bool) const {
        CHECK_FALSE(m.locked());
        CHECK(taken + items == 2);
    }
};

struct bounded_scene {
    cancel_points points;
    bounded_semaphore s{2};
    int rounds = 0;

    task<> victim() {
        points.here();
        auto one = co_await s.acquire();
        points.here();
        const auto second = co_await s.acquire();
        one.release();
        points.here();
        co_await yield();
    }
    task<> others() {
        for (int i = 0; i < 4; ++i) {
            const auto permit = co_await s.acquire();
            co_await turns(2);
            ++rounds;
        }
    }
    // Not a permit more or less than at the start.
    void check(bool) {
        CHECK(s.available() == 2);
        CHECK_THROWS_AS(s.release(), invalid_state_error);
        CHECK(rounds == 4);
    }
};

struct once_scene {
    cancel_points points;
    once<int> value;
    int made = 0;
    int others_value = 0;

    task<int> make() {
        co_await turns(3);
        co_return ++made;
    }
    task<> victim() {
        const auto maker = [this]() -> task<int> {
            points.here();
            co_await yield();
            const int v = co_await make();
            co_return v;
        };
        points.here();
        co_await value.get(maker);
        points.here();
        co_await value.get(maker);
    }
    task<> others() {
        const auto maker = [this] { return make(); };
        const int& v = co_await value.get(maker);
        others_value = v;
    }
    void check(bool) const {
        CHECK(made == 1);
        CHECK(others_value == 1);
    }
};

struct broadcast_scene {
    cancel_points points;
    broadcast<int> b{4};
    broadcast<int>::subscription s = b.subscribe();
    int seen = 0;

    task<> victim() {
        for (int i = 0; i < 3; ++i) {
            points.here();
            const auto item = co_await s.next();
            seen += item.value_or(0);
        }
    }
    task<> others() {
        for (int i = 0; i < 3; ++i) {
            co_await turns(2);
            b.send(1);
        }
        b.close();
        co_await turns(10);
        for (;;) {
            const auto item = co_await s.next();
            if (!item) break;
            seen += *item;
        }
    }
    void check(bool) const {
        CHECK(seen == 3);
        CHECK(s.missed() == 0);
    }
};

}  // namespace

// A script of n awaits is played for each of them and once more, and again for each turn it takes, twice.
TEST_CASE("a cancel anywhere: mutex", "[sync][cancel]") { CHECK(cancel_everywhere<mutex_scene>() > 5 + 4); }
TEST_CASE("a cancel anywhere: semaphore", "[sync][cancel]") { CHECK(cancel_everywhere<semaphore_scene>() > 3 + 4); }
TEST_CASE("a cancel anywhere: shared_mutex", "[sync][cancel]") { CHECK(cancel_everywhere<shared_mutex_scene>() > 5 + 4); }
TEST_CASE("a cancel anywhere: event", "[sync][cancel]") { CHECK(cancel_everywhere<event_scene>() > 3 + 4); }
TEST_CASE("a cancel anywhere: latch", "[sync][cancel]") { CHECK(cancel_everywhere<latch_scene>() > 3 + 4); }
TEST_CASE("a cancel anywhere: condition_variable", "[sync][cancel]") { CHECK(cancel_everywhere<condition_scene>() > 4 + 4); }
TEST_CASE("a cancel anywhere: barrier", "[sync][cancel]") { CHECK(cancel_everywhere<barrier_scene>() > 3 + 4); }
TEST_CASE("a cancel anywhere: queue.get", "[sync][cancel]") { CHECK(cancel_everywhere<getter_scene>() > 4 + 4); }
TEST_CASE("a cancel anywhere: queue.put", "[sync][cancel]") { CHECK(cancel_everywhere<putter_scene>() > 5 + 4); }
TEST_CASE("a cancel anywhere: queue.join", "[sync][cancel]") { CHECK(cancel_everywhere<join_scene>() > 3 + 4); }
TEST_CASE("a cancel anywhere: lifo_queue", "[sync][cancel]") { CHECK(cancel_everywhere<ordered_queue_scene<lifo_queue<int>>>() > 6 + 4); }
TEST_CASE("a cancel anywhere: priority_queue", "[sync][cancel]") {
    CHECK(cancel_everywhere<ordered_queue_scene<priority_queue<int>>>() > 6 + 4);
}
TEST_CASE("a cancel anywhere: a wait for a predicate", "[sync][cancel]") { CHECK(cancel_everywhere<predicate_scene>() > 3 + 4); }
TEST_CASE("a cancel anywhere: bounded_semaphore", "[sync][cancel]") { CHECK(cancel_everywhere<bounded_scene>() > 4 + 4); }
TEST_CASE("a cancel anywhere: sender, capacity 0", "[sync][cancel]") { CHECK(cancel_everywhere<sender_scene<0>>() > 5 + 4); }
TEST_CASE("a cancel anywhere: sender, capacity 1", "[sync][cancel]") { CHECK(cancel_everywhere<sender_scene<1>>() > 5 + 4); }
TEST_CASE("a cancel anywhere: receiver, capacity 0", "[sync][cancel]") { CHECK(cancel_everywhere<receiver_scene<0>>() > 4 + 4); }
TEST_CASE("a cancel anywhere: receiver, capacity 1", "[sync][cancel]") { CHECK(cancel_everywhere<receiver_scene<1>>() > 4 + 4); }
TEST_CASE("a cancel anywhere: once", "[sync][cancel]") { CHECK(cancel_everywhere<once_scene>() > 4 + 4); }
TEST_CASE("a cancel anywhere: broadcast", "[sync][cancel]") { CHECK(cancel_everywhere<broadcast_scene>() > 4 + 4); }
