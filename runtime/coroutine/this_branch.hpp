#pragma once
#include <gyre/runtime/coroutine/branch.hpp>

#include <coroutine>

namespace gyre::detail {

// Awaited: gives the branch that the coroutine runs in.
struct this_branch {
    bool await_ready() const noexcept { return false; }
    template <class Promise>
    bool await_suspend(std::coroutine_handle<Promise> h) noexcept {
        found = &branch_of(h);
        return false;
    }
    branch& await_resume() const noexcept { return *found; }
    branch* found = nullptr;
};

}  // namespace gyre::detail
