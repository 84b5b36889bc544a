#pragma once
#include <gyre/runtime/coroutine/chrono.hpp>

#include <type_traits>
#include <utility>

namespace gyre {

// What every time limit is given as: any std::chrono duration, floating-point ones too. Rounded up to nanoseconds, and
// limited to about 146 years, so that no arithmetic on it overflows.
// Thread: any.
class time_span {
public:
    template <class Rep, class Period>
    constexpr time_span(std::chrono::duration<Rep, Period> d) noexcept : value_(convert(d)) {}
    constexpr operator std::chrono::nanoseconds() const noexcept { return value_; }

private:
    using nanoseconds = std::chrono::nanoseconds;
    static constexpr nanoseconds longest = nanoseconds::max() / 2;

    template <class Rep, class Period>
    static constexpr nanoseconds convert(std::chrono::duration<Rep, Period> d) noexcept {
        using factor = std::ratio_divide<Period, std::nano>;
        if constexpr (std::is_integral_v<Rep> && factor::den == 1) {
            constexpr auto most = longest.count() / factor::num;
            if (std::cmp_greater(d.count(), most)) return longest;
            if (std::cmp_less(d.count(), -most)) return -longest;
            return nanoseconds(static_cast<nanoseconds::rep>(d.count()) * factor::num);
        } else {
            if (d != d) return nanoseconds::zero();
            const std::chrono::duration<long double, std::nano> exact = d;
            if (exact >= longest) return longest;
            if (exact <= -longest) return -longest;
            return std::chrono::ceil<nanoseconds>(exact);
        }
    }

    nanoseconds value_;
};

namespace detail {

// `delay` after `from`; the latest time there is when that would be later.
constexpr std::chrono::steady_clock::time_point saturated_sum(std::chrono::steady_clock::time_point from, std::chrono::nanoseconds delay) {
    constexpr auto latest = std::chrono::steady_clock::time_point::max();
    return delay > std::chrono::nanoseconds::zero() && delay > latest - from ? latest : from + delay;
}

}  // namespace detail

}  // namespace gyre
