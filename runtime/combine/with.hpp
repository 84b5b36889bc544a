#pragma once
#include <gyre/runtime/combine/as_task.hpp>
#include <gyre/runtime/combine/cancel_scope.hpp>
#include <gyre/runtime/combine/scope.hpp>
#include <gyre/runtime/combine/shielded.hpp>
#include <gyre/runtime/coroutine/closure_check.hpp>
#include <gyre/runtime/coroutine/result_slot.hpp>

#include <concepts>
#include <exception>
#include <functional>
#include <optional>
#include <type_traits>
#include <utility>

namespace gyre {

namespace detail {

template <class R>
struct managed {
    using type = std::remove_cvref_t<R>;
};
template <class R>
    requires awaitable<R>
struct managed<R> {
    using type = await_result_t<R>;
};
template <class R>
using managed_t = typename managed<R>::type;

// What `with` gives for a scope's body of task<T>: T, but std::optional<T> for a cancel_scope.
template <class R, class T>
struct with_result {
    using type = T;
};
template <class T>
    requires(!std::is_void_v<T>)
struct with_result<cancel_scope, T> {
    using type = std::optional<T>;
};

template <class Fn, class... Args>
task<void> call_and_await(Fn& fn, Args... args) {
    if constexpr (awaitable<std::invoke_result_t<Fn&, Args...>>)
        co_await std::invoke(fn, std::move(args)...);
    else
        std::invoke(fn, std::move(args)...);
}

// Runs the body, then the clean-up, shielded; the body's error comes before the clean-up's.
template <class T, class Body, class Cleanup>
task<T> body_then_cleanup(Body& body, Cleanup& cleanup) {
    result_slot<T> result;
    try {
        if constexpr (std::is_void_v<T>)
            co_await body();
        else
            result.value.emplace(co_await body());
    } catch (...) {
        result.error = std::current_exception();
    }
    std::exception_ptr cleanup_error;
    try {
        co_await shielded_call(cleanup(result.error));
    } catch (...) {
        cleanup_error = std::current_exception();
    }
    if (!result.error) result.error = std::move(cleanup_error);
    co_return result.take();
}

template <class R>
concept has_enter = requires(R& r) { r.enter(); };
template <class R>
concept has_exit = requires(R& r, std::exception_ptr e) { r.exit(e); };
template <class R>
concept has_close = requires(R& r) { r.close(); };

template <class R>
task<void> leave_resource(R& resource, std::exception_ptr error) {
    if constexpr (has_exit<R>) {
        if constexpr (awaitable<decltype(resource.exit(error))>)
            co_await resource.exit(error);
        else
            resource.exit(error);
    } else if constexpr (has_close<R>) {
        if constexpr (awaitable<decltype(resource.close())>)
            co_await resource.close();
        else
            resource.close();
    }
    co_return;
}

template <class T, class R, class Body>
task<T> with_resource(R& resource, Body& body) {
    if constexpr (has_enter<R>) {
        if constexpr (awaitable<decltype(resource.enter())>)
            co_await resource.enter();
        else
            resource.enter();
    }
    auto run = [&] { return std::invoke(body, resource); };
    auto leave = [&](std::exception_ptr error) { return leave_resource(resource, std::move(error)); };
    co_return co_await body_then_cleanup<T>(run, leave);
}

template <class T, class S, class Body>
task<typename with_result<S, T>::type> with_scope(S& s, Body& body) {
    auto ended = co_await scope::run_body<typename std::invoke_result_t<Body&, S&>::value_type>(s, std::invoke(body, s));
    if constexpr (!std::is_void_v<T>) {
        if (ended) co_return ended->take();
        if constexpr (std::same_as<S, cancel_scope>)
            co_return std::nullopt;
        else
            throw_ended_without_result();
    }
}

template <class T, class Resource, class Body>
task<typename with_result<managed_t<Resource>, T>::type> with_kept(kept<Resource> resource, kept<Body> body) {
    if constexpr (std::derived_from<managed_t<Resource>, scope>) {
        co_return co_await with_scope<T>(resource, body);
    } else if constexpr (awaitable<Resource>) {
        auto opened = co_await std::forward<kept<Resource>>(resource);
        co_return co_await with_resource<T>(opened, body);
    } else {
        co_return co_await with_resource<T>(resource, body);
    }
}

}  // namespace detail

// An async context manager: runs body(resource) and then, whatever happened, resource.exit(error) or resource.close(),
// awaited when it can be; before the body resource.enter(), when there is one. The resource is an lvalue, an rvalue that the
// call keeps, or an awaitable that gives one, and is a plain value, or one of the scopes: timeout(), cancel_scope,
// task_group, which follow rules of their own.
//     co_await gyre::with(gyre::fs::open("page.html", gyre::fs::write), [&](gyre::fs::file& out) -> gyre::task<> { ... });
// Returns: the body's result.
// Cancel: reaches the body, and is as lossless as that; the clean-up runs shielded, under a grace of 30 s. Thread: a loop's.
// Throws: the body's error; else the clean-up's, timeout_error when it takes longer; cancelled_error; invalid_state_error for a scope that
// was used before.
template <class Resource, class Body>
    requires std::invocable<Body&, detail::managed_t<Resource>&>
auto with(Resource&& resource, Body&& body) {
    static_assert(detail::safe_in_await_expression<Body>(),
                  "gyre: g++ 12 destroys this closure's captures twice; capture by reference ([&]), or name the closure first: "
                  "auto body = [s](auto& r) -> gyre::task<> {...}; co_await gyre::with(r, body);");
    using value = detail::body_result<Body&, detail::managed_t<Resource>&>;
    return detail::with_kept<value, Resource, Body>(std::forward<Resource>(resource), std::forward<Body>(body));
}

namespace detail {
template <class T, class Body, class Cleanup>
task<T> try_finally_kept(kept<Body> body, kept<Cleanup> cleanup) {
    auto run = [&] { return std::invoke(body); };
    auto leave = [&](std::exception_ptr) { return call_and_await(cleanup); };
    co_return co_await body_then_cleanup<T>(run, leave);
}
}  // namespace detail

// Runs the body and then, whatever happened, the cleanup; both give a task.
// Returns: the body's result. Cancel, Thread, Throws: as with().
template <std::invocable Body, std::invocable Cleanup>
task<detail::body_result<Body&>> try_finally(Body&& body, Cleanup&& cleanup) {
    static_assert(detail::safe_in_await_expression<Body>() && detail::safe_in_await_expression<Cleanup>(),
                  "gyre: g++ 12 destroys this closure's captures twice; capture by reference ([&]), or name the closures first");
    return detail::try_finally_kept<detail::body_result<Body&>, Body, Cleanup>(std::forward<Body>(body), std::forward<Cleanup>(cleanup));
}

}  // namespace gyre
