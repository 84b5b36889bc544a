#pragma once
#include <gyre/runtime/coroutine/join.hpp>
#include <gyre/runtime/coroutine/task_state.hpp>

#include <coroutine>
#include <cstddef>
#include <tuple>
#include <utility>
#include <vector>

namespace gyre::detail {

// When a structured call has seen enough and cancels the children that still run.
enum class stop_rule { never, first_failure, first_end, first_success };

// A fixed number of children that run at once: the base of gather, race and their like. The parent goes on when every
// child has ended, whatever decided.
class concurrent : public join {
public:
    static constexpr std::size_t undecided = static_cast<std::size_t>(-1);

    bool await_ready() const noexcept { return false; }

protected:
    concurrent(stop_rule rule, std::string_view what) noexcept : rule_(rule), what_(what) {}
    concurrent(concurrent&& other) noexcept : rule_(other.rule_), what_(other.what_) {}
    ~concurrent() = default;

    // False when the await must not begin, because a cancel is due.
    bool admit(branch& parent) noexcept {
        parent_ = &parent;
        stopped_ = parent.cancel_is_due();
        return !stopped_;
    }
    void start(branch& child, std::size_t index) noexcept {
        child.index = static_cast<std::uint32_t>(index);
        adopt(child);
        child.start();
    }
    bool child_ended(branch& child) noexcept override;
    std::string_view what() const noexcept override { return what_; }
    void add_awaited(std::vector<branch*>& tasks) override;

    // Called first when the parent goes on: takes a request that its children have dealt with. Throws when the await did
    // not begin.
    void settle();
    // The parent was cancelled during the call, and children have met the request.
    bool parent_was_cancelled() const noexcept { return own_cancel_; }
    // Who decided, or `undecided`.
    std::size_t decided_by() const noexcept { return decided_by_; }
    // Throws the decisive failure of these children: the first one's error; a later error rather than a bare cancel.
    [[noreturn]] void throw_failure(const std::vector<branch*>& children, std::size_t first) const;

private:
    bool decides(const branch& child) const noexcept;

    stop_rule rule_;
    std::string_view what_;
    std::size_t decided_by_ = undecided;
    bool stopped_ = false;
    bool request_met_ = false;
    bool own_cancel_ = false;
};

// Concurrent children given as separate tasks.
template <class... T>
class concurrent_tuple : public concurrent {
public:
    concurrent_tuple(stop_rule rule, std::string_view what, task<T>&&... tasks) noexcept
        : concurrent(rule, what), tasks_(std::move(tasks)...) {}
    concurrent_tuple(concurrent_tuple&&) = default;

    template <class Promise>
    bool await_suspend(std::coroutine_handle<Promise> h) {
        branch& parent = branch_of(h);
        if (!admit(parent)) {
            std::apply([](auto&... t) { (discard(t), ...); }, tasks_);
            return false;
        }
        for_each_index([&](auto i) {
            std::get<i()>(children_of_) = make_branch(parent.owner(), std::move(std::get<i()>(tasks_)), concurrent::what(), this);
        });
        if constexpr (sizeof...(T) == 0) return parent.finish_now(h);
        parent.suspend(h, *this);
        for_each_index([this](auto i) { concurrent::start(child<i()>(), i()); });
        return true;
    }

protected:
    std::vector<branch*> all() const {
        return std::apply([](auto&... child) { return std::vector<branch*>{child.get()...}; }, children_of_);
    }
    // Calls fn with the index constant of each child.
    template <class Fn>
    static void for_each_index(Fn fn) {
        [&]<std::size_t... I>(std::index_sequence<I...>) {
            (fn(std::integral_constant<std::size_t, I>()), ...);
        }(std::index_sequence_for<T...>());
    }
    template <std::size_t I>
    auto& child() noexcept {
        return *std::get<I>(children_of_);
    }

private:
    std::tuple<task<T>...> tasks_;
    std::tuple<task_ref<T>...> children_of_;
};

// Concurrent children given as a vector.
template <class T>
class concurrent_vector : public concurrent {
public:
    concurrent_vector(stop_rule rule, std::string_view what, std::vector<task<T>>&& tasks) noexcept
        : concurrent(rule, what), tasks_(std::move(tasks)) {}
    concurrent_vector(concurrent_vector&&) = default;

    template <class Promise>
    bool await_suspend(std::coroutine_handle<Promise> h) {
        branch& parent = branch_of(h);
        if (!admit(parent)) {
            for (task<T>& t : tasks_) discard(t);
            return false;
        }
        if (tasks_.empty()) return parent.finish_now(h);
        children_of_.reserve(tasks_.size());
        for (task<T>& t : tasks_) children_of_.push_back(make_branch(parent.owner(), std::move(t), concurrent::what(), this));
        tasks_ = std::vector<task<T>>();
        parent.suspend(h, *this);
        for (std::size_t i = 0; i < children_of_.size(); ++i) concurrent::start(*children_of_[i], i);
        return true;
    }

protected:
    std::vector<branch*> all() const {
        std::vector<branch*> found;
        for (const task_ref<T>& child : children_of_) found.push_back(child.get());
        return found;
    }
    std::vector<task_ref<T>>& children_refs() noexcept { return children_of_; }

private:
    std::vector<task<T>> tasks_;
    std::vector<task_ref<T>> children_of_;
};

}  // namespace gyre::detail
