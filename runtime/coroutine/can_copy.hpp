#pragma once
#include <array>
#include <concepts>
#include <cstddef>
#include <optional>
#include <tuple>
#include <type_traits>
#include <utility>
#include <variant>

namespace gyre::detail {

// Whether a T can be copied. std::copy_constructible says yes of a std::vector<std::unique_ptr<int>>, whose copy does not compile, so
// this looks at the elements of the standard containers too. It cannot look into the members of a class.
template <class T>
struct can_copy : std::bool_constant<std::copy_constructible<T>> {};

template <class T>
    requires requires {
        typename T::value_type;
        typename T::allocator_type;
    } && (!std::same_as<typename T::value_type, T>)
struct can_copy<T> : std::bool_constant<std::copy_constructible<T> && can_copy<typename T::value_type>::value> {};

template <class... T>
using can_copy_all = std::conjunction<can_copy<std::remove_cv_t<T>>...>;
template <class A, class B>
struct can_copy<std::pair<A, B>> : can_copy_all<A, B> {};
template <class... T>
struct can_copy<std::tuple<T...>> : can_copy_all<T...> {};
template <class... T>
struct can_copy<std::variant<T...>> : can_copy_all<T...> {};
template <class T>
struct can_copy<std::optional<T>> : can_copy_all<T> {};
template <class T, std::size_t N>
struct can_copy<std::array<T, N>> : can_copy_all<T> {};

}  // namespace gyre::detail
