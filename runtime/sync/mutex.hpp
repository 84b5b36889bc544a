#pragma once
#include <gyre/runtime/sync/guard.hpp>
#include <gyre/runtime/sync/wait_list.hpp>

#include <cstdint>
#include <optional>
#include <string_view>
#include <type_traits>

namespace gyre {

namespace detail {
class condition_awaiter;
}

// Mutual exclusion between tasks of one loop. First come, first served, and no barging: a lock that is released while tasks
// wait belongs to the first of them from that moment, even before it runs. Not recursive.
//
//     const auto lock = co_await m.lock();
//
// Destroy it when nobody holds it or waits for it.
// Thread: the loop's.
class mutex {
public:
    using guard = detail::guard<mutex, 0>;
    class lock_awaiter;

    mutex() noexcept = default;
    mutex(const mutex&) = delete;
    ~mutex() {
        if (locked()) [[unlikely]]
            report_locked();
    }

    // Gives the guard that holds it.
    // Cancel: leaves the line; lossless, a lock that came first is delivered and the request stays pending.
    // Throws: invalid_state_error for a task of another loop.
    lock_awaiter lock() noexcept;

    // Gives the guard, or nullopt when it is held.
    std::optional<guard> try_lock() noexcept {
        if (locked()) return std::nullopt;
        lock_for_caller();
        return std::optional<guard>(std::in_place, *this);
    }

    // True when someone holds it, or was woken to hold it.
    bool locked() const noexcept { return holder_ != nobody; }

private:
    friend guard;
    friend detail::condition_awaiter;
    // Whoever has locked it, by the number of a task.
    static constexpr std::uint32_t nobody = 0;
    static constexpr std::uint32_t unknown = static_cast<std::uint32_t>(-1);  // by a try_lock() outside tasks

    // The number of the task that locked it; 0 when that is not known.
    std::uint32_t known_holder() const noexcept { return holder_ == unknown ? 0 : holder_; }
    void unlock(std::integral_constant<int, 0>) {
        if (waiters_.empty())
            holder_ = nobody;
        else
            hand_over();
    }
    // Locks it, which nobody has locked, for the task.
    void lock_now(detail::branch& b) noexcept {
        loop_ = &b.owner();
        holder_ = b.number();
    }
    void lock_for_caller() noexcept;
    // Locks it for the waiter or puts it into the line.
    void lock_for(detail::waiter& w) noexcept;
    void hand_over();
    void report_locked() const noexcept;

    detail::wait_list waiters_;
    detail::home_loop home_;
    const detail::scheduler* loop_ = nullptr;  // whose task has locked it without a wait; null when that is not known
    std::uint32_t holder_ = nobody;            // never nobody while someone waits
};

class mutex::lock_awaiter final : public detail::sync_awaiter<lock_awaiter> {
public:
    explicit lock_awaiter(mutex& m) noexcept : mutex_(m) {}

    guard await_resume() {
        settle();
        return guard(mutex_);
    }
    std::string_view what() const noexcept override { return "mutex.lock"; }
    std::string describe() const override { return detail::describe_waiting("mutex.lock", &mutex_); }
    std::uint32_t holder() const noexcept override { return linked() ? mutex_.known_holder() : 0; }

private:
    friend sync_awaiter;
    detail::home_loop* home() const noexcept { return &mutex_.home_; }
    bool begin() {
        if (!mutex_.locked()) {
            mutex_.lock_now(*branch_);
            return true;
        }
        detail::home_loop::admit_beside(mutex_.loop_, *this);
        mutex_.waiters_.push(*this);
        return false;
    }

    mutex& mutex_;
};

inline mutex::lock_awaiter mutex::lock() noexcept { return lock_awaiter(*this); }

}  // namespace gyre
