// Many tasks that take, hold, release and are cancelled at random, from seeds; the real lines are held against a model at every step.
#include "sync_support.hpp"

using namespace gyre;
using gyre::test::turns;

namespace {

// What is played: how to take n permits of a primitive and how many it has left.
struct mutex_game {
    static constexpr std::size_t permits = 1;
    using held = mutex::guard;
    static std::size_t wish(test::dice&) { return 1; }
    task<held> take(std::size_t) {
        held h = co_await m.lock();
        co_return h;
    }
    static void drop(held& h, std::size_t) { h.unlock(); }
    bool agrees(std::size_t available) const { return m.locked() == (available == 0); }
    mutex m;
};

struct semaphore_game {
    static constexpr std::size_t permits = 4;
    using held = semaphore::permit;
    static std::size_t wish(test::dice& d) { return static_cast<std::size_t>(1 + d.roll(4)); }
    task<held> take(std::size_t n) {
        held h = co_await s.acquire(n);
        co_return h;
    }
    static void drop(held& h, std::size_t) { h.release(); }
    bool agrees(std::size_t available) const { return s.available() == available; }
    semaphore s{permits};
};

struct shared_mutex_game {
    // A writer takes all that many readers could.
    static constexpr std::size_t permits = 100;
    struct held {
        held() = default;
        shared_mutex::guard writer;
        shared_mutex::shared_guard reader;
    };
    static std::size_t wish(test::dice& d) { return d.chance(3) ? permits : 1; }
    task<held> take(std::size_t n) {
        held h;
        if (n == permits) {
            h.writer = co_await m.lock();
        } else {
            h.reader = co_await m.lock_shared();
        }
        co_return h;
    }
    static void drop(held& h, std::size_t n) {
        if (n == permits)
            h.writer.unlock();
        else
            h.reader.unlock();
    }
    bool agrees(std::size_t available) {
        // What can be had at once says what is left, as long as nobody waits.
        return !line->idle() || m.try_lock().has_value() == (available == permits);
    }
    shared_mutex m;
    test::line_model* line = nullptr;
};

template <class Game>
struct table {
    explicit table(unsigned seed) : d(seed) {
        if constexpr (requires { game.line; }) game.line = &model;
    }

    struct actor {
        actor() = default;
        future<void> self;
        int ticket = -1;
        bool leaves = false;   // was cancelled in the line
        bool pending = false;  // has a cancel for its next await
        int taken = 0;
    };

    task<> act(actor& me) {
        for (int round = 0; round < 8; ++round) {
            const std::size_t n = Game::wish(d);
            try {
                co_await turns(d.roll(3));
                if (!me.pending) me.ticket = model.ask(n);
                auto held = co_await game.take(n);
                // Given, and the model says so too: first come, first served.
                good = good && me.ticket >= 0 && !model.in_line(me.ticket);
                me.ticket = -1;
                ++me.taken;
                try {
                    co_await turns(d.roll(4));
                } catch (const cancelled_error&) {
                    me.pending = false;
                }
                model.give_back(n);
                Game::drop(held, n);
                good = good && game.agrees(model.available());
            } catch (const cancelled_error&) {
                good = good && (me.pending || me.leaves);
                me.pending = me.leaves = false;
                me.ticket = -1;
            }
        }
    }

    task<> cancel_some() {
        for (int i = 0; i < 60; ++i) {
            co_await turns(d.roll(3));
            actor& a = actors[static_cast<std::size_t>(d.roll(static_cast<int>(actors.size())))];
            if (a.self.done()) continue;
            if (a.ticket >= 0 && model.in_line(a.ticket)) {
                model.leave(a.ticket);
                a.leaves = true;
            } else if (!a.leaves) {
                a.pending = true;
            }
            a.self.cancel();
        }
    }

    task<> play() {
        for (actor& a : actors) a.self = spawn(act(a));
        auto canceller = spawn(cancel_some());
        for (int i = 0; i < 2000 && std::any_of(actors.begin(), actors.end(), [](const actor& a) { return !a.self.done(); }); ++i)
            co_await yield();
        for (actor& a : actors) {
            REQUIRE(a.self.done());
            co_await test::ends_cancelled(a.self);
        }
        co_await canceller;
        REQUIRE(good);
        REQUIRE(model.available() == Game::permits);
        REQUIRE(game.agrees(Game::permits));
    }

    test::dice d;
    Game game;
    test::line_model model{Game::permits};
    std::vector<actor> actors = std::vector<actor>(6);
    bool good = true;
};

template <class Game>
void play_many() {
    for (unsigned seed = 1; seed <= 150; ++seed) {
        INFO("seed " << seed);
        table<Game> t(seed);
        test::run([&] { return t.play(); }, test::virtual_time_options());
    }
}

// Tasks that pass items through a buffer on two condition variables, and are cancelled at random.
struct buffer_game {
    explicit buffer_game(unsigned seed) : d(seed) {}

    task<> produce(int from) {
        for (int i = from; i < from + 15; ++i) {
            for (;;) {
                mutex::guard lock;
                try {
                    co_await turns(d.roll(2));
                    lock = co_await m.lock();
                    while (buffer.size() >= 2) co_await not_full.wait(lock);
                    good = good && static_cast<bool>(lock) && buffer.size() < 2;
                    buffer.push_back(i);
                    if (d.chance(2))
                        not_empty.notify_one();
                    else
                        not_empty.notify_all();
                    break;
                } catch (const cancelled_error&) {
                    // Thrown by a wait, it comes with the lock held.
                    good = good && (!lock || m.locked());
                }
            }
        }
    }

    task<> consume() {
        for (int i = 0; i < 15; ++i) {
            for (;;) {
                mutex::guard lock;
                try {
                    lock = co_await m.lock();
                    co_await not_empty.wait(lock, [&] { return !buffer.empty(); });
                    good = good && static_cast<bool>(lock) && !buffer.empty();
                    received.push_back(buffer.front());
                    buffer.erase(buffer.begin());
                    not_full.notify_one();
                    break;
                } catch (const cancelled_error&) {
                }
            }
            try {
                co_await turns(d.roll(3));
            } catch (const cancelled_error&) {
            }
        }
    }

    task<> play() {
        std::vector<future<void>> all;
        for (int i = 0; i < 3; ++i) {
            all.push_back(spawn(produce(i * 100)));
            all.push_back(spawn(consume()));
        }
        co_await turns(2);  // one that is cancelled before it begins never runs
        for (int i = 0; i < 40; ++i) {
            co_await turns(d.roll(4));
            all[static_cast<std::size_t>(d.roll(6))].cancel();
        }
        for (int i = 0; i < 5000 && std::any_of(all.begin(), all.end(), [](const auto& f) { return !f.done(); }); ++i) co_await yield();
        for (auto& f : all) {
            REQUIRE(f.done());
            co_await test::ends_cancelled(f);
        }
        REQUIRE(good);
        REQUIRE_FALSE(m.locked());
        REQUIRE(received.size() == 45);
        std::sort(received.begin(), received.end());
        REQUIRE(std::unique(received.begin(), received.end()) == received.end());
    }

    test::dice d;
    mutex m;
    condition_variable not_full;
    condition_variable not_empty;
    std::vector<int> buffer;
    std::vector<int> received;
    bool good = true;
};

// As many tasks as parties, which come again when they are cancelled: every round has each of them once.
struct barrier_game {
    explicit barrier_game(unsigned seed) : d(seed) {}

    task<> act(std::size_t me) {
        for (std::size_t round = 0; round < 6; ++round) {
            for (;;) {
                try {
                    co_await turns(d.roll(4));
                    const std::size_t index = co_await b.wait();
                    seen[round][index] += 1 << me;
                    break;
                } catch (const cancelled_error&) {
                }
            }
        }
    }

    task<> play() {
        std::vector<future<void>> all;
        for (std::size_t i = 0; i < 4; ++i) all.push_back(spawn(act(i)));
        co_await turns(2);  // one that is cancelled before it begins never runs
        for (int i = 0; i < 25; ++i) {
            co_await turns(d.roll(4));
            all[static_cast<std::size_t>(d.roll(4))].cancel();
        }
        for (auto& f : all) co_await test::ends_cancelled(f);
        for (const auto& round : seen) {
            int everyone = 0;
            for (const int who : round) {
                // Exactly one had this number.
                REQUIRE((who == 1 || who == 2 || who == 4 || who == 8));
                everyone |= who;
            }
            REQUIRE(everyone == 15);
        }
        REQUIRE(b.waiting() == 0);
    }

    test::dice d;
    barrier b{4};
    std::vector<std::vector<int>> seen = std::vector<std::vector<int>>(6, std::vector<int>(4, 0));
};

// Makers that fail or are cancelled at random: the value is made once, and whoever stays gets it.
struct once_game {
    explicit once_game(unsigned seed) : d(seed) {}

    task<int> make() {
        ++running;
        struct leave {
            int& n;
            explicit leave(int& x) : n(x) {}
            ~leave() { --n; }
        } const at_end(running);
        most = std::max(most, running);
        co_await turns(1 + d.roll(3));
        if (d.chance(3)) throw std::runtime_error("failed");
        co_return ++made;
    }
    task<> act() {
        for (;;) {
            try {
                co_await turns(d.roll(3));
                const auto maker = [this] { return make(); };
                const int& v = co_await value.get(maker);
                good = good && v == 1;
                co_return;
            } catch (const cancelled_error&) {
            } catch (const std::runtime_error&) {
            }
        }
    }
    task<> play() {
        std::vector<future<void>> all;
        for (int i = 0; i < 6; ++i) all.push_back(spawn(act()));
        co_await turns(2);  // one that is cancelled before it begins never runs
        for (int i = 0; i < 15; ++i) {
            co_await turns(d.roll(3));
            all[static_cast<std::size_t>(d.roll(6))].cancel();
        }
        for (auto& f : all) co_await test::ends_cancelled(f);
        REQUIRE(good);
        REQUIRE(most == 1);
        REQUIRE(running == 0);
        REQUIRE(made <= 1);
    }

    test::dice d;
    once<int> value;
    int running = 0;
    int most = 0;
    int made = 0;
    bool good = true;
};

template <class Game>
void play_seeds(unsigned seeds) {
    for (unsigned seed = 1; seed <= seeds; ++seed) {
        INFO("seed " << seed);
        Game g(seed);
        test::run([&] { return g.play(); }, test::virtual_time_options());
    }
}

}  // namespace

TEST_CASE("a mutex keeps its line under random cancels", "[sync][random]") { play_many<mutex_game>(); }
TEST_CASE("a semaphore keeps its line under random cancels", "[sync][random]") { play_many<semaphore_game>(); }
TEST_CASE("a shared mutex keeps its line under random cancels", "[sync][random]") { play_many<shared_mutex_game>(); }
TEST_CASE("condition variables lose no notification under random cancels", "[sync][random]") { play_seeds<buffer_game>(150); }
TEST_CASE("a barrier fills every round under random cancels", "[sync][random]") { play_seeds<barrier_game>(150); }
TEST_CASE("once makes its value once under random failures and cancels", "[sync][random]") { play_seeds<once_game>(150); }
