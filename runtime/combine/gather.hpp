#pragma once
#include <gyre/runtime/combine/concurrent.hpp>
#include <gyre/runtime/combine/gather_futures.hpp>
#include <gyre/runtime/coroutine/outcome_of.hpp>

#include <tuple>
#include <type_traits>
#include <utility>
#include <vector>

namespace gyre {

namespace detail {

// A child's value, std::monostate for void.
template <class T>
non_void<T> take_child(task_state<T>& child) {
    if constexpr (std::is_void_v<T>)
        return {};
    else
        return child.take();
}
template <class T>
outcome<keepable<T>> child_outcome(task_state<T>& child) {
    return outcome_of<keepable<T>>(child, [&child]() -> T { return child.take(); });
}

template <class... T>
class gather_tuple final : public concurrent_tuple<T...> {
public:
    explicit gather_tuple(task<T>&&... tasks) noexcept
        : concurrent_tuple<T...>(stop_rule::first_failure, "gather()", std::move(tasks)...) {}
    std::tuple<non_void<T>...> await_resume() {
        this->settle();
        if (this->decided_by() != concurrent::undecided) this->throw_failure(this->all(), this->decided_by());
        return [this]<std::size_t... I>(std::index_sequence<I...>) {
            return std::tuple<non_void<T>...>(take_child(this->template child<I>())...);
        }(std::index_sequence_for<T...>());
    }
};

template <class T>
class gather_vector final : public concurrent_vector<T> {
public:
    explicit gather_vector(std::vector<task<T>>&& tasks) noexcept
        : concurrent_vector<T>(stop_rule::first_failure, "gather()", std::move(tasks)) {}
    all_of<T> await_resume() {
        this->settle();
        if (this->decided_by() != concurrent::undecided) this->throw_failure(this->all(), this->decided_by());
        if constexpr (!std::is_void_v<T>) {
            all_of<T> values;
            values.reserve(this->children_refs().size());
            for (auto& child : this->children_refs()) values.push_back(child->take());
            return values;
        }
    }
};

template <class... T>
class gather_outcomes_tuple final : public concurrent_tuple<T...> {
public:
    explicit gather_outcomes_tuple(task<T>&&... tasks) noexcept
        : concurrent_tuple<T...>(stop_rule::never, "gather_outcomes()", std::move(tasks)...) {}
    std::tuple<outcome<keepable<T>>...> await_resume() {
        this->settle();
        if (this->parent_was_cancelled()) throw cancelled_error();
        return [this]<std::size_t... I>(std::index_sequence<I...>) {
            return std::tuple<outcome<keepable<T>>...>(child_outcome(this->template child<I>())...);
        }(std::index_sequence_for<T...>());
    }
};

template <class T>
class gather_outcomes_vector final : public concurrent_vector<T> {
public:
    explicit gather_outcomes_vector(std::vector<task<T>>&& tasks) noexcept
        : concurrent_vector<T>(stop_rule::never, "gather_outcomes()", std::move(tasks)) {}
    std::vector<outcome<keepable<T>>> await_resume() {
        this->settle();
        if (this->parent_was_cancelled()) throw cancelled_error();
        std::vector<outcome<keepable<T>>> outcomes;
        outcomes.reserve(this->children_refs().size());
        for (auto& child : this->children_refs()) outcomes.push_back(child_outcome(*child));
        return outcomes;
    }
};

}  // namespace detail

// Runs the tasks at once; gives their results in the order given (void ones as std::monostate; a vector<task<void>> gives
// nothing, a vector<task<T&>> a vector of std::reference_wrapper). Structured: no child outlives the call. The first failure
// cancels the other children; when all have ended the error is thrown as it is.
// Cancel: cancels the children and waits for them. Lossless when all had finished anyway: their results are given; else those of the
// ones that had are lost.
// Thread: a loop's. Throws: the first child's error; cancelled_error; invalid_state_error for an empty task.
inline detail::gather_tuple<> gather() noexcept { return detail::gather_tuple<>(); }
template <class... T>
detail::gather_tuple<T...> gather(task<T>... tasks) {
    return detail::gather_tuple<T...>(std::move(tasks)...);
}
template <class T>
detail::gather_vector<T> gather(std::vector<task<T>> tasks) {
    return detail::gather_vector<T>(std::move(tasks));
}

// The same by handle, as in asyncio: the first error is thrown at once and the others run on.
// Cancel: cancels the futures and waits for them; lossless, those that end with a result keep it.
// Thread: a loop's. Throws: the first error; cancelled_error; invalid_state_error for an empty handle, or a future of another loop.
template <class... T>
    requires(sizeof...(T) > 0)
detail::gather_futures_tuple<T...> gather(future<T>... futures) {
    return detail::gather_futures_tuple<T...>(std::move(futures)...);
}
template <class T>
detail::gather_futures_vector<T> gather(std::vector<future<T>> futures) {
    return detail::gather_futures_vector<T>(std::move(futures));
}

// Runs the tasks at once and gives what each ended with: a value, an error or its own cancellation. Asyncio's
// gather(return_exceptions=True).
// Cancel: cancels the children, waits for them and throws; what the others gave is lost, but by handle the futures keep it. When all
// had finished anyway, what they gave is given.
// Thread: a loop's. Throws: cancelled_error; invalid_state_error for an empty task or handle, or a future of another loop.
template <class... T>
detail::gather_outcomes_tuple<T...> gather_outcomes(task<T>... tasks) {
    return detail::gather_outcomes_tuple<T...>(std::move(tasks)...);
}
template <class T>
detail::gather_outcomes_vector<T> gather_outcomes(std::vector<task<T>> tasks) {
    return detail::gather_outcomes_vector<T>(std::move(tasks));
}
template <class... T>
    requires(sizeof...(T) > 0)
detail::gather_future_outcomes_tuple<T...> gather_outcomes(future<T>... futures) {
    return detail::gather_future_outcomes_tuple<T...>(std::move(futures)...);
}
template <class T>
detail::gather_future_outcomes_vector<T> gather_outcomes(std::vector<future<T>> futures) {
    return detail::gather_future_outcomes_vector<T>(std::move(futures));
}

}  // namespace gyre
