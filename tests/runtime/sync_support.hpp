// What the tests of runtime/sync share: letting other tasks run, cancelling a scene at each of its awaits, and a model of a
// first-come-first-served line to hold the real ones against.
#pragma once
#include <gyre/runtime/sync/sync.hpp>

#include <algorithm>
#include <cstddef>
#include <deque>
#include <random>
#include <vector>

#include "support/test.hpp"

namespace gyre::test {

// Lets the other ready tasks run n times.
inline task<> turns(int n) {
    for (int i = 0; i < n; ++i) co_await yield();
}

// Long enough for every chain of wake-ups in these tests.
inline task<> settle() { return turns(20); }

// Everything that an async iterator gives.
template <async_iterator Items>
task<std::vector<async_value_t<Items>>> all_of(Items& items) {
    std::vector<async_value_t<Items>> all;
    for (;;) {
        auto item = co_await items.next();
        if (!item) break;
        all.push_back(std::move(*item));
    }
    co_return all;
}

// True when the task was ended by a cancel.
inline task<bool> ends_cancelled(future<void> f) {
    const auto end = co_await as_outcome(std::move(f));
    co_return end.cancelled();
}

// Cancels the task that calls it, when its turn comes: a script calls here() before each of its awaits.
class cancel_points {
public:
    explicit cancel_points(int at = -1) : left_(at) {}
    void here() {
        if (left_-- == 0) {
            hit_ = true;
            current_task().cancel();
        }
    }
    bool hit() const { return hit_; }

private:
    int left_;
    bool hit_ = false;
};

// A scene has
//   task<> victim()                  the script that is cancelled; calls points.here() before each await
//   task<> others()                  the tasks around it, which must come to their end whatever happens to the victim
//   void check(bool cancelled)       what must hold when all have ended
//   cancel_points points
// It is played with a cancel before each of the victim's awaits, and with a cancel from outside after each number of turns,
// from a task that runs before and from one that runs behind the others in each turn. Gives how often it was played.
template <class Scene>
int cancel_everywhere() {
    int played = 0;
    for (int at = 0;; ++at) {
        bool hit = false;
        run([&]() -> task<> {
            Scene scene;
            scene.points = cancel_points(at);
            auto victim = spawn(scene.victim());
            auto others = spawn(scene.others());
            const bool cancelled = co_await ends_cancelled(victim);
            co_await others;
            INFO("cancelled by itself before await " << at);
            scene.check(cancelled);
            hit = scene.points.hit();
            CHECK(cancelled == hit);
        });
        ++played;
        if (!hit) break;
    }
    for (const bool first : {true, false}) {
        for (int after = 0;; ++after) {
            bool in_time = false;
            run([&]() -> task<> {
                Scene scene;
                future<void> victim;
                const auto cancel_later = [&]() -> task<> {
                    co_await turns(after);
                    in_time = !victim.done();
                    victim.cancel();
                };
                future<void> canceller;
                if (first) canceller = spawn(cancel_later());
                victim = spawn(scene.victim());
                auto others = spawn(scene.others());
                if (!first) canceller = spawn(cancel_later());
                const bool cancelled = co_await ends_cancelled(victim);
                co_await others;
                co_await canceller;
                INFO("cancelled from outside after " << after << " turns, " << (first ? "before" : "behind") << " the others");
                scene.check(cancelled);
            });
            ++played;
            if (!in_time) break;
        }
    }
    return played;
}

// A line for a number of permits as it should be: who is in it, who was granted what, in order.
class line_model {
public:
    explicit line_model(std::size_t permits) : available_(permits) {}

    // A new ticket for someone who asks for n.
    int ask(std::size_t n) {
        const int ticket = next_++;
        waiting_.push_back({ticket, n});
        serve();
        return ticket;
    }
    void give_back(std::size_t n) {
        available_ += n;
        serve();
    }
    bool in_line(int ticket) const {
        return std::any_of(waiting_.begin(), waiting_.end(), [ticket](const place& p) { return p.ticket == ticket; });
    }
    void leave(int ticket) {
        std::erase_if(waiting_, [ticket](const place& p) { return p.ticket == ticket; });
        serve();
    }
    std::size_t available() const { return available_; }
    bool idle() const { return waiting_.empty(); }

private:
    struct place {
        int ticket;
        std::size_t n;
    };
    void serve() {
        while (!waiting_.empty() && waiting_.front().n <= available_) {
            available_ -= waiting_.front().n;
            waiting_.pop_front();
        }
    }
    std::deque<place> waiting_;
    std::size_t available_;
    int next_ = 0;
};

// Numbers from a seed, the same on every platform.
class dice {
public:
    explicit dice(unsigned seed) : engine_(seed) {}
    // 0 ... n-1
    int roll(int n) { return static_cast<int>(engine_() % static_cast<unsigned>(n)); }
    bool chance(int one_in) { return roll(one_in) == 0; }

private:
    std::mt19937 engine_;
};

}  // namespace gyre::test
