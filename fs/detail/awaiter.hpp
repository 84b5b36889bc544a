#pragma once
#include <gyre/runtime/io/io_awaiter.hpp>

#include <coroutine>
#include <cstddef>

namespace gyre::detail {

// Awaits one operation that may be done at once, without the backend.
class file_awaiter : public io_awaiter {
public:
    template <class Promise>
    bool await_suspend(std::coroutine_handle<Promise> h) {
        branch_ = &branch_of(h);
        if (branch_->cancel_is_due()) {
            result = -ECANCELED;
            return false;
        }
        if (!begin()) {
            branch_->suspend(h, *this);
            return true;
        }
        if (spend(inline_work_)) return false;
        branch_->requeue(h);
        return true;
    }

protected:
    using io_awaiter::io_awaiter;

    // True when it is done; false when it was submitted.
    virtual bool begin() = 0;

    // Counts as so many awaits: the other tasks must not wait long behind large copies.
    std::size_t inline_work_ = 1;

private:
    bool spend(std::size_t hops) noexcept {
        for (; hops > 0; --hops)
            if (!branch_->owner().spend_hop()) return false;
        return true;
    }
};

}  // namespace gyre::detail
