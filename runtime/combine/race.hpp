#pragma once
#include <gyre/runtime/combine/concurrent.hpp>
#include <gyre/runtime/combine/gather.hpp>
#include <gyre/runtime/coroutine/exception_group.hpp>

#include <optional>
#include <string_view>
#include <tuple>
#include <utility>
#include <variant>
#include <vector>

namespace gyre {

namespace detail {

// Throws every child's error, for first_success().
[[noreturn]] void throw_all_failed(const std::vector<branch*>& children);
[[noreturn]] void throw_nothing_to_race(std::string_view what);

template <class... T>
using race_variant = std::variant<non_void<keepable<T>>...>;

template <class... T>
class race_tuple final : public concurrent_tuple<T...> {
public:
    race_tuple(stop_rule rule, std::string_view what, task<T>&&... tasks) noexcept
        : concurrent_tuple<T...>(rule, what, std::move(tasks)...) {}
    race_variant<T...> await_resume() {
        this->settle();
        const std::size_t winner = this->decided_by();
        if (winner == concurrent::undecided) {
            if (this->parent_was_cancelled()) throw cancelled_error();
            throw_all_failed(this->all());
        }
        std::optional<race_variant<T...>> result;
        this->for_each_index([&](auto i) {
            if (i() != winner) return;
            auto& child = this->template child<i()>();
            child.throw_unless_value();
            result.emplace(std::in_place_index<i()>, take_child(child));
        });
        return std::move(*result);
    }
};

template <class T>
class race_vector final : public concurrent_vector<T> {
public:
    race_vector(stop_rule rule, std::string_view what, std::vector<task<T>>&& tasks) noexcept
        : concurrent_vector<T>(rule, what, std::move(tasks)) {}
    std::pair<std::size_t, non_void<T>> await_resume() {
        this->settle();
        if (this->children_refs().empty()) throw_nothing_to_race(this->what());
        const std::size_t winner = this->decided_by();
        if (winner == concurrent::undecided) {
            if (this->parent_was_cancelled()) throw cancelled_error();
            throw_all_failed(this->all());
        }
        task_state<T>& child = *this->children_refs()[winner];
        child.throw_unless_value();
        return std::pair<std::size_t, non_void<T>>(winner, take_child(child));
    }
};

template <class... T>
class race_results_tuple final : public concurrent_tuple<T...> {
public:
    explicit race_results_tuple(task<T>&&... tasks) noexcept
        : concurrent_tuple<T...>(stop_rule::first_end, "race_results()", std::move(tasks)...) {}
    std::tuple<std::optional<non_void<keepable<T>>>...> await_resume() {
        this->settle();
        if (this->decided_by() == concurrent::undecided) throw cancelled_error();
        std::tuple<std::optional<non_void<keepable<T>>>...> results;
        this->for_each_index([&](auto i) {
            auto& child = this->template child<i()>();
            if (i() == this->decided_by()) child.throw_unless_value();
            if (!child.failed()) std::get<i()>(results).emplace(take_child(child));
        });
        return results;
    }
};

}  // namespace detail

// Runs the tasks at once; the first that ends decides: its value is given (index() says whose it is; a reference as
// std::reference_wrapper) or its error thrown.
// Structured: the others are cancelled and awaited first; an error that a loser ends with is dropped.
// Cancel: cancels the children and waits for them. Lossless: when one had finished anyway, it wins and the request stays pending.
// Thread: a loop's.
// Throws: the winner's error; cancelled_error; invalid_state_error for no tasks at all, or an empty one.
template <class... T>
    requires(sizeof...(T) > 0)
detail::race_tuple<T...> race(task<T>... tasks) {
    return detail::race_tuple<T...>(detail::stop_rule::first_end, "race()", std::move(tasks)...);
}
template <class T>
detail::race_vector<T> race(std::vector<task<T>> tasks) {
    return detail::race_vector<T>(detail::stop_rule::first_end, "race()", std::move(tasks));
}

// As race(), and gives the value of every task that had finished nevertheless, so that nothing that arrived is lost.
// Cancel, Thread, Throws: as race().
template <class... T>
    requires(sizeof...(T) > 0)
detail::race_results_tuple<T...> race_results(task<T>... tasks) {
    return detail::race_results_tuple<T...>(std::move(tasks)...);
}

// Runs the tasks at once; gives the first value, when the others have been cancelled and awaited.
// Cancel: cancels the children and waits for them. Lossless: when one had succeeded anyway, its value is given and the request stays
// pending.
// Thread: a loop's.
// Throws: exception_group with every error when all fail; cancelled_error; invalid_state_error for no tasks at all, or an empty one.
template <class... T>
    requires(sizeof...(T) > 0)
detail::race_tuple<T...> first_success(task<T>... tasks) {
    return detail::race_tuple<T...>(detail::stop_rule::first_success, "first_success()", std::move(tasks)...);
}
template <class T>
detail::race_vector<T> first_success(std::vector<task<T>> tasks) {
    return detail::race_vector<T>(detail::stop_rule::first_success, "first_success()", std::move(tasks));
}

}  // namespace gyre
