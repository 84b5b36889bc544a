#pragma once
#include <coroutine>
#include <memory>

namespace gyre::net::detail {

// Awaits an awaiter that stays where it is, to be looked at afterwards. `co_await` on the variable itself would do, but g++ 12
// copies it and awaits the copy.
template <class Awaiter>
class awaiting {
public:
    explicit awaiting(Awaiter& on) noexcept : on_(std::addressof(on)) {}

    bool await_ready() const noexcept { return on_->await_ready(); }
    template <class Promise>
    bool await_suspend(std::coroutine_handle<Promise> h) {
        return on_->await_suspend(h);
    }
    decltype(auto) await_resume() { return on_->await_resume(); }

private:
    Awaiter* on_;
};

}  // namespace gyre::net::detail
