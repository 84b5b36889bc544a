#pragma once
#include <gyre/runtime/coroutine/branch.hpp>
#include <gyre/runtime/io/operation.hpp>
#include <gyre/runtime/io/submit.hpp>

#include <cerrno>
#include <coroutine>
#include <string>
#include <string_view>

namespace gyre::detail {

// Awaits one operation; the base of every plain read, write, accept. The record lives in the awaiting coroutine's frame, so
// starting it allocates nothing.
// Cancel: the kernel is asked to stop, and the await ends when it has. A success that came first is delivered and the request
// stays pending for the next await, so no byte and no fd is lost.
class io_awaiter : public operation, public suspension {
public:
    bool await_ready() const noexcept { return false; }
    template <class Promise>
    bool await_suspend(std::coroutine_handle<Promise> h) {
        branch_ = &branch_of(h);
        if (branch_->cancel_is_due()) {
            result = -ECANCELED;
            return false;
        }
        submit_operation(branch_->owner(), *this);
        branch_->suspend(h, *this);
        return true;
    }

    void completed() noexcept override { branch_->wake(); }
    void cancel() noexcept override { cancel_operation(branch_->owner(), *this); }
    std::string_view what() const noexcept override { return name_of(code); }
    std::string describe() const override { return describe_operation(*this); }

protected:
    explicit io_awaiter(opcode what) noexcept { code = what; }
    ~io_awaiter() = default;

    // The result, or a negative errno. Throws cancelled_error when a cancel ended it.
    std::int32_t finish() {
        if (result == -ECANCELED && branch_->cancel_is_due()) branch_->throw_cancelled();
        return result;
    }

    branch* branch_ = nullptr;
};

}  // namespace gyre::detail
