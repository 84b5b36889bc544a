#pragma once
#include <gyre/runtime/coroutine/context.hpp>

#include <memory>
#include <utility>

namespace gyre {

namespace detail {

// One set() of a context variable, to be taken back.
struct context_change {
    context_values::key variable;
    std::uint64_t context;
    context_values::value previous;  // null: it was not set
    bool taken_back = false;
};

// A context variable without its type.
class context_slot {
public:
    context_slot() noexcept;
    context_slot(const context_slot&) = delete;

    // Null when it is not set in the current context.
    const void* find() const noexcept;
    std::shared_ptr<context_change> replace(context_values::value v) const;
    // Throws: invalid_state_error.
    void take_back(context_change& change) const;

private:
    context_values::key key_;
};

}  // namespace detail

// A variable with a value for each task, such as the id of the request that it works on (asyncio's contextvars.ContextVar).
//
// A task that is spawned, and every child of gather(), race(), task_group and the like, starts with a copy of the values of who
// starts it; what it sets, the others do not see. A coroutine that is awaited directly, and the body of `with`, wait_for() and
// other scopes, is part of the task around it and shares its values. A callback (call_soon(), call_later(),
// add_done_callback(), call_soon_threadsafe()) runs with a copy of the values of who registered it. Outside all of these each
// thread has values of its own, empty at first; tasks that are spawned there start with a copy of them.
//
// Costs nothing where no variable is set; a set() copies the list of those that are.
// Thread: any. A value that call_soon_threadsafe() takes along is read, and perhaps destroyed, in the loop's thread.
// Throws: std::bad_alloc, what moving a T throws, and what a member names.
template <class T>
class context_variable {
public:
    class token;

    // `initial` is what it has wherever nothing was set.
    explicit context_variable(T initial = T()) : initial_(std::move(initial)) {}
    context_variable(const context_variable&) = delete;
    context_variable& operator=(const context_variable&) = delete;

    // The reference is good until the variable is set or reset in the same task.
    const T& get() const noexcept {
        const void* value = slot_.find();
        return value == nullptr ? initial_ : *static_cast<const T*>(value);
    }
    // Returns: what reset() takes to bring the value before it back.
    token set(T value) { return token(slot_.replace(std::make_shared<const T>(std::move(value)))); }
    // Brings back the value from before the set() that gave the token, or no value.
    // Throws: invalid_state_error for a token of another variable, of another task's set(), or one that was used before.
    void reset(const token& previous) { slot_.take_back(*previous.change_); }

private:
    detail::context_slot slot_;
    T initial_;
};

// Of one set(). Copies stand for the same set().
template <class T>
class context_variable<T>::token {
    friend context_variable;
    explicit token(std::shared_ptr<detail::context_change> change) noexcept : change_(std::move(change)) {}
    std::shared_ptr<detail::context_change> change_;
};

}  // namespace gyre
