#pragma once
#include <gyre/runtime/coroutine/runnable.hpp>

#include <atomic>

namespace gyre::detail {

// Runnables from any thread for one loop: a lock-free stack that the loop takes whole and turns round, so that each
// thread's posts run in the order it made them.
class inbox {
public:
    // From any thread. False, and nothing done, once the inbox is sealed.
    bool post(runnable& item) noexcept {
        runnable* head = head_.load(std::memory_order_relaxed);
        do {
            if (head == seal_mark()) [[unlikely]]
                return false;
            item.next_ = head;
        } while (!head_.compare_exchange_weak(head, &item, std::memory_order_seq_cst, std::memory_order_relaxed));
        return true;
    }
    // After a post(), from any thread: whether the loop seems to sleep; then whether it is the caller's to wake it.
    bool asleep() const noexcept { return sleeping_.load(std::memory_order_seq_cst); }
    bool claim_wake() noexcept { return sleeping_.exchange(false, std::memory_order_seq_cst); }

    // The rest is the loop's.
    bool empty() const noexcept { return head_.load(std::memory_order_acquire) == nullptr; }

    // Moves what was posted behind the ready queue.
    template <class Push>
    void take(Push push) noexcept {
        hand_over(head_.exchange(nullptr, std::memory_order_acquire), push);
    }
    // The same for the last time: later posts are refused, and nobody claims a wake-up any more.
    template <class Push>
    void seal(Push push) noexcept {
        hand_over(head_.exchange(seal_mark(), std::memory_order_seq_cst), push);
        sleeping_.store(false, std::memory_order_seq_cst);
    }

    // Announces a sleep; false when something was posted meanwhile and the loop must not sleep.
    bool try_sleep() noexcept {
        sleeping_.store(true, std::memory_order_seq_cst);
        if (head_.load(std::memory_order_seq_cst) == nullptr) return true;
        awake();
        return false;
    }
    void awake() noexcept { sleeping_.store(false, std::memory_order_relaxed); }

private:
    // Stands for no item: an address that none can have.
    runnable* seal_mark() noexcept { return reinterpret_cast<runnable*>(this); }

    template <class Push>
    static void hand_over(runnable* newest, Push push) noexcept {
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
    std::atomic<bool> sleeping_ = false;
};

}  // namespace gyre::detail
