#pragma once
#include <gyre/runtime/coroutine/errors.hpp>
#include <gyre/runtime/coroutine/future_core.hpp>
#include <gyre/runtime/coroutine/outcome.hpp>

#include <exception>
#include <type_traits>

namespace gyre::detail {

// What a task or promise that is done ended with; take() gives its value when there is one.
template <class T, class Take>
outcome<T> outcome_of(const future_core& ended, Take take) {
    if (ended.state() == future_state::cancelled) return outcome<T>(std::make_exception_ptr(cancelled_error()));
    if (ended.error()) return outcome<T>(ended.error());
    if constexpr (std::is_void_v<T>)
        return outcome<T>();
    else
        return outcome<T>(take());
}

}  // namespace gyre::detail
