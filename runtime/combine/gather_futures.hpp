#pragma once
#include <gyre/runtime/combine/watch.hpp>
#include <gyre/runtime/coroutine/future.hpp>
#include <gyre/runtime/coroutine/outcome_of.hpp>

#include <tuple>
#include <utility>
#include <vector>

namespace gyre::detail {

// gather() by handle: watches, and passes a cancel on. Whatever the types, so it is compiled once.
class gather_watch : public watch {
public:
    template <class Promise>
    bool await_suspend(std::coroutine_handle<Promise> h) {
        branch& b = branch_of(h);
        begin(b);
        return wait(h);
    }
    void cancel() noexcept override;
    void add_awaited(std::vector<branch*>& tasks) override;

protected:
    gather_watch(bool stop_at_failure, std::string_view what) noexcept : watch(what), stop_at_failure_(stop_at_failure) {}
    gather_watch(gather_watch&&) = default;
    ~gather_watch() = default;

    void add(core_ref<future_core> source) { sources_.push_back(std::move(source)); }
    // Throws what ended the call early.
    void settle();

    template <class T>
    non_void<T> value_at(std::size_t i) {
        if constexpr (std::is_void_v<T>)
            return {};
        else
            return take_value<T>(*sources_[i]);
    }
    template <class T>
    outcome<keepable<T>> outcome_at(std::size_t i) {
        future_core& source = *sources_[i];
        return outcome_of<keepable<T>>(source, [&source]() -> T { return take_value<T>(source); });
    }
    std::size_t size() const noexcept { return sources_.size(); }

private:
    void begin(branch& b);
    void ended(std::size_t index) noexcept override;
    bool enough() const noexcept override;

    static constexpr std::size_t none = static_cast<std::size_t>(-1);
    std::vector<core_ref<future_core>> sources_;
    std::size_t ended_ = 0;
    std::size_t first_failure_ = none;
    bool stop_at_failure_;
    bool cancel_asked_ = false;
    bool interrupted_ = false;  // a cancel was due, and all had ended before
};

template <bool Outcomes, class... T>
class gather_futures_tuple_base : public gather_watch {
public:
    explicit gather_futures_tuple_base(future<T>... futures) : gather_watch(!Outcomes, Outcomes ? "gather_outcomes()" : "gather()") {
        (add(std::move(futures).take_core()), ...);
    }
    auto await_resume() {
        settle();
        return [this]<std::size_t... I>(std::index_sequence<I...>) {
            if constexpr (Outcomes)
                return std::tuple<outcome<keepable<T>>...>(outcome_at<T>(I)...);
            else
                return std::tuple<non_void<T>...>(value_at<T>(I)...);
        }(std::index_sequence_for<T...>());
    }
};
template <class... T>
using gather_futures_tuple = gather_futures_tuple_base<false, T...>;
template <class... T>
using gather_future_outcomes_tuple = gather_futures_tuple_base<true, T...>;

template <bool Outcomes, class T>
class gather_futures_vector_base : public gather_watch {
public:
    explicit gather_futures_vector_base(std::vector<future<T>> futures)
        : gather_watch(!Outcomes, Outcomes ? "gather_outcomes()" : "gather()") {
        for (future<T>& f : futures) add(std::move(f).take_core());
    }
    auto await_resume() {
        settle();
        if constexpr (Outcomes) {
            std::vector<outcome<keepable<T>>> outcomes;
            for (std::size_t i = 0; i < size(); ++i) outcomes.push_back(outcome_at<T>(i));
            return outcomes;
        } else if constexpr (!std::is_void_v<T>) {
            all_of<T> values;
            for (std::size_t i = 0; i < size(); ++i) values.push_back(value_at<T>(i));
            return values;
        }
    }
};
template <class T>
using gather_futures_vector = gather_futures_vector_base<false, T>;
template <class T>
using gather_future_outcomes_vector = gather_futures_vector_base<true, T>;

}  // namespace gyre::detail
