#pragma once
#include <concepts>
#include <functional>
#include <optional>
#include <type_traits>
#include <utility>
#include <variant>
#include <vector>

namespace gyre {

template <class T = void>
class task;

namespace detail {

template <class A>
decltype(auto) awaiter_of(A&& a) {
    if constexpr (requires { std::forward<A>(a).operator co_await(); })
        return std::forward<A>(a).operator co_await();
    else
        return std::forward<A>(a);
}
template <class A>
using await_result = decltype(detail::awaiter_of(std::declval<A>()).await_resume());

// void has no objects: where a value is needed its place is taken by std::monostate.
template <class T>
using non_void = std::conditional_t<std::is_void_v<T>, std::monostate, T>;

// A reference is none either: what is to be kept in a container or in one of several places is a std::reference_wrapper.
template <class T>
using keepable = std::conditional_t<std::is_reference_v<T>, std::reference_wrapper<std::remove_reference_t<T>>, T>;

template <class T>
struct vector_or_void {
    using type = std::vector<keepable<T>>;
};
template <>
struct vector_or_void<void> {
    using type = void;
};
template <class T>
using all_of = typename vector_or_void<T>::type;

template <class T>
struct is_task : std::false_type {};
template <class T>
struct is_task<task<T>> : std::true_type {};

}  // namespace detail

// What can stand behind co_await in a gyre coroutine.
template <class A>
concept awaitable = requires { typename detail::await_result<A>; };

template <class A>
using await_result_t = std::remove_cvref_t<detail::await_result<A>>;

// What has a next() that gives an std::optional: a generator, a queue, a channel's receiver, a listener.
template <class I>
concept async_iterator = requires(I& i) { typename await_result_t<decltype(i.next())>::value_type; };

template <async_iterator I>
using async_value_t = typename await_result_t<decltype(std::declval<I&>().next())>::value_type;

namespace detail {

template <class F, class... A>
using body_result = await_result_t<std::invoke_result_t<F, A...>>;

}  // namespace detail
}  // namespace gyre
