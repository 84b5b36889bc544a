#pragma once
#include <type_traits>

namespace gyre::detail {

// g++ before 13 destroys the captures of a closure twice when it stands as a temporary in an expression with co_await.
// Whether Fn, deduced from a forwarding reference, is such a temporary that this could happen to.
template <class Fn>
constexpr bool safe_in_await_expression() noexcept {
#if defined(__GNUC__) && !defined(__clang__) && __GNUC__ < 13
    // Not is_trivially_copyable: g++ 12 denies it of a [&] closure once a std::tuple or std::optional of it has been seen.
    using closure = std::remove_cvref_t<Fn>;
    return std::is_lvalue_reference_v<Fn> || !std::is_class_v<closure> ||
           (std::is_trivially_copy_constructible_v<closure> && std::is_trivially_destructible_v<closure>);
#else
    return true;
#endif
}

}  // namespace gyre::detail
