#pragma once
#include <gyre/runtime/coroutine/branch.hpp>
#include <gyre/runtime/coroutine/result_slot.hpp>
#include <gyre/runtime/coroutine/task.hpp>

#include <coroutine>
#include <optional>
#include <string_view>

namespace gyre::detail {

// A branch whose root is a task<T>, and its result.
template <class T>
class task_state final : public branch {
public:
    using coroutine = std::coroutine_handle<typename task<T>::promise_type>;

    task_state(scheduler& s, task<T>&& t, join* parent, bool is_body) noexcept : task_state(s, t.release(), parent, is_body) {}

    void* value() noexcept override {
        if constexpr (std::is_void_v<T>)
            return nullptr;
        else if constexpr (std::is_reference_v<T>)
            return const_cast<void*>(static_cast<const volatile void*>(*value_));
        else
            return std::addressof(*value_);
    }
    // The result moves out; only for one that is done without an error.
    T take() {
        if constexpr (!std::is_void_v<T>) return unwrap<T>(std::move(*value_));
    }

private:
    task_state(scheduler& s, coroutine root, join* parent, bool is_body) noexcept : branch(s, root, root.promise(), parent, is_body) {}

    void take_result() noexcept override {
        result_slot<T>& slot = coroutine::from_address(root_.address()).promise().slot;
        if (slot.error) [[unlikely]] {
            error_ = std::move(slot.error);
            return;
        }
        if constexpr (!std::is_void_v<T>) try {
                value_.emplace(std::move(*slot.value));
            } catch (...) {
                error_ = std::current_exception();
            }
    }

    [[no_unique_address]] std::conditional_t<std::is_void_v<T>, std::monostate, std::optional<stored<T>>> value_{};
};

template <class T>
using task_ref = core_ref<task_state<T>>;

// A branch for the task, not yet started. Throws invalid_state_error for an empty task.
template <class T>
task_ref<T> make_branch(scheduler& s, task<T>&& t, std::string_view what, join* parent = nullptr, bool is_body = false) {
    if (!t) throw_empty_task(what);
    return task_ref<T>(new task_state<T>(s, std::move(t), parent, is_body));
}

}  // namespace gyre::detail
