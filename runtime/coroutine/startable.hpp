#pragma once
#include <gyre/runtime/coroutine/branch.hpp>
#include <gyre/runtime/coroutine/suspension.hpp>

#include <coroutine>

namespace gyre::detail {

// How an await begins: the base of awaiters that stand for one thing to start and wait for.
//
// Self has `bool begin()`, which starts it, and gives false when there is nothing to wait for. A cancel that is due comes first, and
// nothing is started then: stopped_before_start() notes it.
template <class Self>
class startable : public suspension {
public:
    bool await_ready() const noexcept { return false; }
    template <class Promise>
    bool await_suspend(std::coroutine_handle<Promise> h) {
        Self& self = static_cast<Self&>(*this);
        branch_ = &branch_of(h);
        if (branch_->cancel_is_due()) {
            self.stopped_before_start();
            return false;
        }
        if (self.begin()) {
            branch_->suspend(h, *this);
            return true;
        }
        return branch_->finish_now(h);
    }

protected:
    ~startable() = default;

    void stopped_before_start() noexcept { stopped_ = true; }
    // Ends the await by the cancel that stopped it, if one did.
    void throw_if_stopped() {
        if (stopped_) branch_->throw_cancelled();
    }

    branch* branch_ = nullptr;
    bool stopped_ = false;
};

}  // namespace gyre::detail
