#pragma once
#include <gyre/runtime/coroutine/any_future.hpp>
#include <gyre/runtime/coroutine/branch.hpp>

#include <coroutine>
#include <cstddef>
#include <memory>
#include <string_view>
#include <vector>

namespace gyre::detail {

// Keeps the first handle of each future.
void drop_duplicates(std::vector<core_ref<future_core>>& sources);

// A branch that waits on several futures at once, without owning them. The derived class says when it has seen enough.
class watch : public suspension {
public:
    bool await_ready() const noexcept { return false; }
    std::string_view what() const noexcept override { return what_; }

protected:
    explicit watch(std::string_view what) noexcept : what_(what) {}
    watch(watch&& other) noexcept : what_(other.what_) {}
    ~watch() = default;

    // Called for each future that ends, in order; also for those that had ended before.
    virtual void ended(std::size_t index) noexcept = 0;
    virtual bool enough() const noexcept = 0;

    // Starts to watch. Throws: invalid_state_error for an empty handle, and for what the branch may not await.
    void observe(branch& waiting, const std::vector<core_ref<future_core>>& sources);
    // Another await of the same watch, perhaps by another branch.
    void rewatch(branch& waiting) noexcept {
        waiter_ = &waiting;
        woken_ = false;
    }
    // Suspends unless it has seen enough.
    template <class Promise>
    bool wait(std::coroutine_handle<Promise> h) noexcept {
        if (enough() || woken_) return waiter_->finish_now(h);
        waiting_ = true;
        waiter_->suspend(h, *this);
        return true;
    }
    // Ends the wait, whatever was seen.
    void wake() noexcept {
        woken_ = true;
        if (!waiting_) return;
        waiting_ = false;
        waiter_->wake();
    }
    // For those that pass a cancel on to what they watch: the same for a ring.
    bool cut() noexcept override {
        cut_ = true;
        wake();
        return true;
    }
    bool was_cut() const noexcept { return cut_; }
    void stop_watching() noexcept { observers_.reset(); }
    branch& waiter() const noexcept { return *waiter_; }

private:
    struct observer final : future_observer {
        ~observer() { unlink(); }
        void completed(future_core&) noexcept override { owner->seen(index); }
        watch* owner = nullptr;
        std::size_t index = 0;
    };
    void seen(std::size_t index) noexcept {
        ended(index);
        if (waiting_ && enough()) wake();
    }

    std::string_view what_;
    branch* waiter_ = nullptr;
    std::unique_ptr<observer[]> observers_;
    bool waiting_ = false;
    bool woken_ = false;
    bool cut_ = false;
};

}  // namespace gyre::detail
