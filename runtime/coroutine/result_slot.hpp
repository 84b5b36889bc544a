#pragma once
#include <gyre/runtime/coroutine/awaitable.hpp>

#include <concepts>
#include <exception>
#include <memory>
#include <optional>
#include <type_traits>
#include <utility>

namespace gyre::detail {

// How a T is kept: references as pointers, void as nothing.
template <class T>
using stored = std::conditional_t<std::is_reference_v<T>, std::remove_reference_t<T>*, non_void<T>>;

// How a stored T is handed out: a T, or nothing.
template <class T>
T unwrap(stored<T>&& value) {
    if constexpr (std::is_reference_v<T>)
        return static_cast<T>(*value);
    else if constexpr (!std::is_void_v<T>)
        return std::move(value);
}

// A coroutine's end: a value or an error.
template <class T>
struct result_slot {
    static_assert(
        std::is_void_v<T> || std::is_reference_v<T> || alignof(stored<T>) <= 16,
        "gyre: a task's result must not be aligned above 16 bytes, compilers misplace it in the frame; return a std::unique_ptr to it");

    std::optional<stored<T>> value;
    std::exception_ptr error;

    // Throws the error, or gives the value away.
    T take() {
        if (error) std::rethrow_exception(std::move(error));
        return unwrap<T>(std::move(*value));
    }
};
template <>
struct result_slot<void> {
    std::exception_ptr error;

    void take() {
        if (error) std::rethrow_exception(std::move(error));
    }
};

// The return_value or return_void of a promise. The overloads for T itself let `co_return {a, b}` compile.
template <class T>
struct promise_return {
    void return_value(T&& value) { slot.value.emplace(std::move(value)); }
    void return_value(const T& value)
        requires std::copy_constructible<T>
    {
        slot.value.emplace(value);
    }
    result_slot<T> slot;
};
template <class T>
struct promise_return<T&> {
    void return_value(T& value) noexcept { slot.value = std::addressof(value); }
    result_slot<T&> slot;
};
template <>
struct promise_return<void> {
    void return_void() noexcept {}
    result_slot<void> slot;
};

}  // namespace gyre::detail
