#pragma once
#include <gyre/runtime/coroutine/branch.hpp>
#include <gyre/runtime/coroutine/intrusive_list.hpp>
#include <gyre/runtime/coroutine/suspension.hpp>

#include <coroutine>
#include <string>
#include <string_view>

namespace gyre::detail {

// A task in the line before a primitive; the base of every awaiter in sync/.
//
// One that stands in a line has got nothing yet, and a cancel takes it out: nothing is lost. One that was granted something
// has left the line and owns it from that moment, before it runs again: a later cancel no longer reaches it, what it got is
// delivered, and the request stays pending for its next await.
class waiter : public suspension, public list_hook<> {
public:
    // Out of the line and on: what it waited for is its own.
    void grant() noexcept {
        unlink();
        branch_->wake();
    }
    // Out of the line and on: what it waited for will not come.
    void refuse() noexcept {
        refused_ = true;
        grant();
    }
    void cancel() noexcept override {
        stopped_ = true;
        grant();
    }
    // The primitive was destroyed under it; it is out of the line, and only a cancel can end the wait.
    virtual void orphaned() noexcept {}

    branch& waiting_branch() const noexcept { return *branch_; }

    // By the coroutine that awaits it, before anything else.
    void awaited_in(branch& b) noexcept { branch_ = &b; }

protected:
    waiter() noexcept = default;
    // An awaiter moves before it begins, if ever: it takes its arguments along and stands in no line.
    waiter(waiter&&) noexcept : waiter() {}
    waiter& operator=(waiter&&) = delete;
    ~waiter() = default;

    // Throws when a cancel ended the wait. False when it was refused.
    bool settle() {
        if (stopped_) [[unlikely]]
            branch_->throw_cancelled();
        return !refused_;
    }

    branch* branch_ = nullptr;
    bool stopped_ = false;
    bool refused_ = false;
};

// For task dumps, which tell by the address who waits on the same thing: "mutex.lock (0x7f…)".
std::string describe_waiting(std::string_view what, const void* on);

// The line before a primitive: first come, first served.
// Destroying it with tasks in it is a mistake of its user that does no harm by itself: they wait until they are cancelled.
// In debug mode each one is reported.
class wait_list {
public:
    wait_list() noexcept = default;
    ~wait_list() {
        if (!empty()) abandon();
    }

    bool empty() const noexcept { return waiters_.empty(); }
    // Linear.
    std::size_t size() const noexcept { return waiters_.size(); }
    waiter& front() noexcept { return waiters_.front(); }
    void push(waiter& w) noexcept { waiters_.push_back(w); }

    void grant_all() noexcept {
        while (!empty()) front().grant();
    }
    void refuse_all() noexcept {
        while (!empty()) front().refuse();
    }

    auto begin() noexcept { return waiters_.begin(); }
    auto end() noexcept { return waiters_.end(); }

private:
    void abandon() noexcept;

    intrusive_list<waiter> waiters_;
};

// The loop that a primitive belongs to: that of the first task that had to wait on it.
class home_loop {
public:
    // Throws: invalid_state_error for a task of another loop.
    void admit(const waiter& w) const {
        if (loop_ != nullptr && loop_ != &w.waiting_branch().owner()) [[unlikely]]
            refuse_foreign_task(w);
    }
    // The same for what a task of the loop `holder` holds; null when that is not known.
    static void admit_beside(const scheduler* holder, const waiter& w) {
        if (holder != nullptr && holder != &w.waiting_branch().owner()) [[unlikely]]
            refuse_foreign_task(w);
    }
    void adopt(const waiter& w) noexcept { loop_ = &w.waiting_branch().owner(); }

    // Before tasks are woken, of which there are some. Throws: invalid_state_error in a thread where their loop does not run, unless it
    // runs nowhere at the moment and no other loop runs here.
    void require_own_thread(const char* what) const;

private:
    [[noreturn]] static void refuse_foreign_task(const waiter& w);

    const scheduler* loop_ = nullptr;
};

void report_failed_release() noexcept;

// What a destructor gives back. Done in the wrong thread that is an error, which nobody could catch there: it is reported to the loop's
// exception handler, and nothing is given back.
template <class Release>
void release_or_report(Release release) noexcept {
    try {
        release();
    } catch (...) {
        report_failed_release();
    }
}

// The one awaiter that all primitives share. `Derived` gives
//   home_loop* home()   of the primitive; null when there is none yet,
//   bool begin()        does the operation at once and gives true, or puts *this into a line and gives false; may throw as long
//                       as nothing has happened,
// and await_resume(), which begins with settle().
template <class Derived, class Base = waiter>
class sync_awaiter : public Base {
public:
    // Does it at once, or stands in a line. Inlined, as a call costs a third of an uncontended lock.
    [[gnu::always_inline]] bool await_ready() {
        branch& b = *this->branch_;
        if (b.cancel_is_due()) [[unlikely]] {
            this->stopped_ = true;
            return true;
        }
        Derived& self = static_cast<Derived&>(*this);
        home_loop* const home = self.home();
        if (home != nullptr) home->admit(*this);
        if (self.begin()) [[likely]]
            return b.owner().spend_hop();
        home->adopt(*this);
        return false;
    }
    template <class Promise>
    void await_suspend(std::coroutine_handle<Promise> h) noexcept {
        branch& b = *this->branch_;
        if (this->linked()) [[likely]]
            b.suspend(h, *this);
        else
            b.requeue(h);
    }

protected:
    using Base::Base;
    sync_awaiter() = default;
    sync_awaiter(sync_awaiter&&) = default;
    ~sync_awaiter() = default;
};

}  // namespace gyre::detail
