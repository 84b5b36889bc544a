#pragma once
#include <type_traits>

namespace gyre::detail {

// g++ before 13 destroys the captures of a closure twice when it stands as a temporary in an expression with co_await.
// Whether Fn, deduced from a forwarding reference, is such a temporary that this could happen to.
template <class Fn>
constexpr bool safe_in_await_expression() noexcept {
#if defined(__GNUC__) && !defined(__clang__) && __GNUC__ < 13
    return std::is_lvalue_reference_v<Fn> || !std::is_class_v<std::remove_cvref_t<Fn>> ||
           std::is_trivially_copyable_v<std::remove_cvref_t<Fn>>;
#else
    return true;
#endif
}

}  // namespace gyre::detail
