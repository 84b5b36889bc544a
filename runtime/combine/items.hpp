#pragma once
#include <iterator>
#include <utility>

namespace gyre::detail {

// begin() and end() of anything that a range-based for goes through; <ranges> would cost every user's compile time dearly.
template <class Range>
auto begin_of(Range& range) {
    using std::begin;
    return begin(range);
}
template <class Range>
auto end_of(Range& range) {
    using std::end;
    return end(range);
}

// What *it gives.
template <class Range>
using item_of = decltype(*detail::begin_of(std::declval<Range&>()));

}  // namespace gyre::detail

namespace gyre {

// What a range-based for goes through, once or more often.
template <class Range>
concept iterable = requires(Range& range) {
    typename detail::item_of<Range>;
    static_cast<bool>(detail::begin_of(range) != detail::end_of(range));
    ++std::declval<decltype(detail::begin_of(range))&>();
};

}  // namespace gyre
