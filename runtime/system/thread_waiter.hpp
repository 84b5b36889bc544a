#pragma once
#include <gyre/runtime/coroutine/intrusive_list.hpp>

#include <condition_variable>
#include <cstdint>
#include <mutex>

namespace gyre::detail {

class branch;

// Who waits at something that threads share: a task of some loop, or a thread. All but task() is guarded by the lock of what it
// waits at.
class thread_waiter : public list_hook<> {
public:
    bool waits() const noexcept { return state_ == state::waiting; }
    bool refused() const noexcept { return state_ == state::refused; }
    void refuse_at_once() noexcept { state_ = state::refused; }

    // It is about to stand in a line.
    void prepare() noexcept;
    // Takes it out of the line; false when its wait has ended already.
    bool withdraw() noexcept;
    // A thread's wait, from prepare() until its end.
    void block(std::unique_lock<std::mutex>& lock);

protected:
    // null: a thread.
    explicit thread_waiter(branch* task = nullptr) noexcept : task_(task) {}
    ~thread_waiter() = default;

    branch* task_;

private:
    friend class woken_waiters;
    enum class state : std::uint8_t { idle, waiting, granted, refused };

    std::condition_variable* thread_ = nullptr;
    state state_ = state::idle;
};

// Ends waits, with the lock held; the tasks among the waiters are told when this is destroyed, which is to be after the lock.
class woken_waiters {
public:
    woken_waiters() noexcept = default;
    woken_waiters(const woken_waiters&) = delete;
    ~woken_waiters();

    // Out of the line and on: what it waited for is its own.
    void grant(thread_waiter& w) noexcept { end(w, thread_waiter::state::granted); }
    // Out of the line and on: what it waited for will not come.
    void refuse_all(intrusive_list<thread_waiter>& line) noexcept;

private:
    void end(thread_waiter& w, thread_waiter::state how) noexcept;

    intrusive_list<thread_waiter> tasks_;
};

}  // namespace gyre::detail
