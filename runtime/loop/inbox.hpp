#pragma once
#include <gyre/runtime/coroutine/runnable.hpp>

#include <atomic>
#include <cstddef>

namespace gyre::detail {

// Runnables from any thread for one loop: a lock-free stack that the loop takes whole and turns round, so that each
// thread's posts run in the order it made them.
//
// What is posted may end the loop at once, and with it this object: a post touches nothing after its item is in, unless its
// thread is counted in users_elsewhere_, for which seal() waits. So a sleeping loop leaves a mark in place of the stack, and who
// replaces the mark by an item, counted, is the one who wakes it.
//
// A cache line of its own: what else the loop writes would take it away from the threads that post, at several times a post's cost.
class alignas(64) inbox {
public:
    // From any thread. False, and nothing done, once the inbox is sealed. `wake` is called when it is the caller's to wake the loop.
    template <class Wake>
    bool post(runnable& item, Wake wake) noexcept {
        return put(item, false, wake);
    }
    // The same for a thread that is counted by expect_post(): counted no more then.
    template <class Wake>
    bool post_expected(runnable& item, Wake wake) noexcept {
        return put(item, true, wake);
    }
    void expect_post() noexcept { users_elsewhere_.fetch_add(1, std::memory_order_relaxed); }
    void forget_expected_post() noexcept { users_elsewhere_.fetch_sub(1, std::memory_order_release); }

    // The rest is the loop's.
    bool empty() const noexcept {
        const runnable* const head = head_.load(std::memory_order_acquire);
        return head == nullptr || head == sleep_mark();
    }

    // Moves what was posted behind the ready queue. The loop is awake.
    template <class Push>
    void take(Push push) noexcept {
        if (head_.load(std::memory_order_relaxed) == nullptr) return;
        hand_over(head_.exchange(nullptr, std::memory_order_acquire), push);
    }
    // The same for the last time: later posts are refused, and no other thread uses this object any more.
    template <class Push>
    void seal(Push push) noexcept {
        hand_over(head_.exchange(seal_mark(), std::memory_order_acq_rel), push);
        wait_for_users_elsewhere();
    }

    // Announces a sleep; false when something was posted meanwhile and the loop must not sleep.
    bool try_sleep() noexcept {
        runnable* nothing = nullptr;
        return head_.compare_exchange_strong(nothing, sleep_mark(), std::memory_order_acq_rel, std::memory_order_acquire) ||
               nothing == sleep_mark();
    }
    void awake() noexcept {
        runnable* asleep = sleep_mark();
        head_.compare_exchange_strong(asleep, nullptr, std::memory_order_relaxed, std::memory_order_relaxed);
    }

private:
    // Stand for no item: addresses that none can have.
    runnable* seal_mark() const noexcept { return reinterpret_cast<runnable*>(const_cast<inbox*>(this)); }
    runnable* sleep_mark() const noexcept { return reinterpret_cast<runnable*>(const_cast<std::atomic<std::size_t>*>(&users_elsewhere_)); }

    template <class Wake>
    bool put(runnable& item, bool counted, Wake wake) noexcept {
        runnable* head = head_.load(std::memory_order_relaxed);
        do {
            if (head == seal_mark()) [[unlikely]]
                break;
            if (head == sleep_mark() && !counted) {
                expect_post();
                counted = true;
            }
            item.next_ = head == sleep_mark() ? nullptr : head;
        } while (!head_.compare_exchange_weak(head, &item, std::memory_order_release, std::memory_order_relaxed));
        // What it expected to find is what the item has replaced.
        const bool posted = head != seal_mark();
        if (counted) {
            if (posted && head == sleep_mark()) wake();
            forget_expected_post();
        }
        return posted;
    }

    void wait_for_users_elsewhere() const noexcept;

    template <class Push>
    void hand_over(runnable* newest, Push push) noexcept {
        if (newest == sleep_mark()) return;
        runnable* oldest = nullptr;
        while (newest != nullptr) {
            runnable* older = newest->next_;
            newest->next_ = oldest;
            oldest = newest;
            newest = older;
        }
        while (oldest != nullptr) {
            runnable* newer = oldest->next_;
            push(*oldest);
            oldest = newer;
        }
    }

    std::atomic<runnable*> head_ = nullptr;
    std::atomic<std::size_t> users_elsewhere_ = 0;  // threads that post, or will
};

}  // namespace gyre::detail
