#pragma once
#include <gyre/runtime/combine/watch.hpp>
#include <gyre/runtime/coroutine/future.hpp>
#include <gyre/runtime/loop/duration.hpp>
#include <gyre/runtime/loop/loop_state.hpp>

#include <optional>
#include <utility>
#include <vector>

namespace gyre {

enum class wait_mode { first_completed, first_exception, all_completed };
inline constexpr wait_mode first_completed = wait_mode::first_completed;
inline constexpr wait_mode first_exception = wait_mode::first_exception;
inline constexpr wait_mode all_completed = wait_mode::all_completed;

template <class T>
struct wait_result {
    wait_result() {}
    std::vector<future<T>> done;     // in order of completion
    std::vector<future<T>> pending;  // in the order given
};

namespace detail {

class wait_watch : public watch, private timer {
public:
    template <class Promise>
    bool await_suspend(std::coroutine_handle<Promise> h) {
        branch& b = branch_of(h);
        stopped_ = b.cancel_is_due();
        waiting_ = &b;
        if (stopped_) return false;
        begin(b);
        return wait(h);
    }
    void cancel() noexcept override;
    void add_awaited(std::vector<branch*>& tasks) override;

protected:
    wait_watch(wait_mode mode, std::optional<duration> limit) noexcept : watch("wait()"), mode_(mode), limit_(limit) {}
    wait_watch(wait_watch&&) = default;
    ~wait_watch() = default;

    void add(core_ref<future_core> source) { sources_.push_back(std::move(source)); }
    // Throws a cancel that ended the wait; else gives the indices of what is done, in order.
    std::vector<std::size_t> settle();
    const core_ref<future_core>& source(std::size_t i) const noexcept { return sources_[i]; }
    std::size_t size() const noexcept { return sources_.size(); }

private:
    void begin(branch& b);
    void ended(std::size_t index) noexcept override;
    bool enough() const noexcept override;
    void fired() noexcept override { wake(); }

    wait_mode mode_;
    std::optional<duration> limit_;
    std::vector<core_ref<future_core>> sources_;
    std::vector<std::size_t> order_;
    branch* waiting_ = nullptr;
    bool decided_ = false;
    bool stopped_ = false;
};

template <class T>
class wait_awaiter final : public wait_watch {
public:
    wait_awaiter(std::vector<future<T>> futures, wait_mode mode, std::optional<duration> limit) : wait_watch(mode, limit) {
        for (future<T>& f : futures) add(std::move(f).take_core());
    }
    wait_result<T> await_resume() {
        const std::vector<std::size_t> order = settle();
        wait_result<T> result;
        std::vector<bool> is_done(size());
        for (const std::size_t i : order) {
            is_done[i] = true;
            result.done.emplace_back(source(i));
        }
        for (std::size_t i = 0; i < size(); ++i)
            if (!is_done[i]) result.pending.emplace_back(source(i));
        return result;
    }
};

// An optional time limit, from std::nullopt or any duration.
class optional_span {
public:
    constexpr optional_span(std::nullopt_t) noexcept {}
    constexpr optional_span(time_span limit) noexcept : value_(limit) {}
    template <class Rep, class Period>
    constexpr optional_span(std::chrono::duration<Rep, Period> limit) noexcept : value_(time_span(limit)) {}
    constexpr optional_span(std::optional<duration> limit) noexcept : value_(limit) {}
    constexpr operator std::optional<duration>() const noexcept { return value_; }

private:
    std::optional<duration> value_;
};

}  // namespace detail

// Waits until one of the futures has ended (first_completed), one has failed (first_exception) or all have ended, or until
// the time limit has passed, which is no error. No futures at all: at once. One that is given twice counts once.
// Returns: what is done, in order of completion, and what is pending; those run on.
// Cancel: at once, nothing is lost: the futures are not cancelled. Thread: a loop's.
// Throws: cancelled_error; invalid_state_error for an empty handle, or a future of another loop.
template <class T>
detail::wait_awaiter<T> wait(std::vector<future<T>> futures, wait_mode mode = all_completed, detail::optional_span timeout = std::nullopt) {
    return detail::wait_awaiter<T>(std::move(futures), mode, timeout);
}

}  // namespace gyre
