#pragma once
#include <gyre/runtime/coroutine/closure_check.hpp>
#include <gyre/runtime/coroutine/task.hpp>
#include <gyre/runtime/sync/mutex.hpp>

#include <concepts>
#include <cstdint>
#include <string_view>
#include <type_traits>
#include <utility>

namespace gyre {

// Lets tasks that hold a mutex wait until another one says that what the mutex protects has changed. First come, first
// served: a notified task joins the mutex's line at once.
// Thread: the loop's.
class condition_variable {
public:
    condition_variable() noexcept = default;
    condition_variable(const condition_variable&) = delete;

    // Releases the lock, waits for a notification and takes the lock again.
    // Cancel: ends the wait, not the taking of the lock: the lock is held again when cancelled_error is thrown. Lossless: a
    // notification that came first is delivered, the wait ends normally and the request stays pending; one that comes later
    // goes to the next task.
    // Throws: invalid_state_error when `lock` holds nothing, for a task of another loop, or when the mutex is destroyed meanwhile.
    detail::condition_awaiter wait(mutex::guard& lock) noexcept;

    // Waits until pred() is true; it is called with the lock held, and before the first wait.
    // Cancel: as wait(lock). Throws: as wait(lock); what pred throws, with the lock held.
    template <class Pred>
        requires std::predicate<Pred>
    task<> wait(mutex::guard& lock, Pred&& pred) {
        static_assert(detail::safe_in_await_expression<Pred>(),
                      "gyre: g++ before 13 destroys the captures of this temporary lambda twice; capture by reference, or name the lambda "
                      "first and pass the name");
        return wait_until<std::decay_t<Pred>>(lock, std::forward<Pred>(pred));
    }

    // Lets the task go on that has waited longest. Nothing when none waits.
    // Throws: invalid_state_error in another loop's thread while tasks wait.
    void notify_one();
    // Lets every task go on that waits now.
    void notify_all();

private:
    friend detail::condition_awaiter;

    template <class Pred>
    task<> wait_until(mutex::guard& lock, Pred pred);

    detail::wait_list waiters_;
    detail::home_loop home_;
};

class detail::condition_awaiter final : public sync_awaiter<condition_awaiter> {
public:
    condition_awaiter(condition_variable& condition, mutex::guard& lock) noexcept : condition_(condition), guard_(lock) {}

    void await_resume();
    void cancel() noexcept override;
    void orphaned() noexcept override;
    std::string_view what() const noexcept override {
        return locking_ ? "condition_variable.wait (for its mutex)" : "condition_variable.wait";
    }
    std::uint32_t holder() const noexcept override { return locking_ && linked() ? mutex_->known_holder() : 0; }

private:
    friend sync_awaiter;
    friend condition_variable;
    home_loop* home() const noexcept { return &condition_.home_; }
    bool begin();
    // The wait is over, what is left is to get the lock.
    void lock_again() noexcept;

    condition_variable& condition_;
    mutex::guard& guard_;
    mutex* mutex_ = nullptr;  // while it is not in the guard
    bool locking_ = false;
};

inline detail::condition_awaiter condition_variable::wait(mutex::guard& lock) noexcept { return detail::condition_awaiter(*this, lock); }

template <class Pred>
task<> condition_variable::wait_until(mutex::guard& lock, Pred pred) {
    while (!pred()) co_await wait(lock);
}

}  // namespace gyre
