#pragma once

namespace gyre::detail {

// Something the loop can run once: a task to resume, a callback. Linked into one queue at a time, so queueing allocates
// nothing.
class runnable {
public:
    runnable() noexcept = default;
    runnable(const runnable&) = delete;
    runnable& operator=(const runnable&) = delete;

protected:
    ~runnable() = default;

private:
    friend class run_queue;
    friend class scheduler;
    friend class inbox;
    virtual void run() noexcept = 0;
    // Instead of run(), when the loop closes before its turn comes.
    virtual void discard() noexcept = 0;

    runnable* next_ = nullptr;
};

// FIFO of runnables.
class run_queue {
public:
    bool empty() const noexcept { return head_ == nullptr; }

    void push(runnable& item) noexcept {
        item.next_ = nullptr;
        if (tail_ != nullptr)
            tail_->next_ = &item;
        else
            head_ = &item;
        tail_ = &item;
    }

    // The one that was pushed last; null when empty.
    const runnable* last() const noexcept { return tail_; }

    runnable& pop() noexcept {
        runnable& item = *head_;
        head_ = item.next_;
        if (head_ == nullptr) tail_ = nullptr;
        return item;
    }

private:
    runnable* head_ = nullptr;
    runnable* tail_ = nullptr;
};

}  // namespace gyre::detail
