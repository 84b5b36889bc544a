#pragma once
#include <gyre/runtime/sync/basic_queue.hpp>

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <utility>
#include <vector>

namespace gyre {

namespace detail {

// A binary heap, the smallest first, of equal ones the oldest.
template <class T, class Compare>
class heap_store {
public:
    std::size_t size() const noexcept { return entries_.size(); }
    void push(T&& item) {
        entries_.emplace_back(std::move(item), next_++);
        std::push_heap(entries_.begin(), entries_.end(), later);
    }
    T pop() {
        std::pop_heap(entries_.begin(), entries_.end(), later);
        T item(std::move(entries_.back().item));
        entries_.pop_back();
        return item;
    }

private:
    struct entry {
        entry(T&& i, std::uint64_t n) : item(std::move(i)), number(n) {}
        T item;
        std::uint64_t number;
    };
    static bool later(const entry& a, const entry& b) {
        const Compare less{};
        if (less(b.item, a.item)) return true;
        return !less(a.item, b.item) && b.number < a.number;
    }

    std::vector<entry> entries_;
    std::uint64_t next_ = 0;
};

}  // namespace detail

// get() gives the smallest item by Compare, as asyncio's; of equal ones the one that was put first. An item that is put
// while a task waits goes to that task. Compare must not throw. See detail::basic_queue.
// Thread: the loop's.
template <class T, class Compare = std::less<T>>
class priority_queue : public detail::basic_queue<T, detail::heap_store<T, Compare>> {
public:
    using detail::basic_queue<T, detail::heap_store<T, Compare>>::basic_queue;
};

}  // namespace gyre
