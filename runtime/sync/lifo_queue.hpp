#pragma once
#include <gyre/runtime/sync/basic_queue.hpp>

#include <cstddef>
#include <utility>
#include <vector>

namespace gyre {

namespace detail {

template <class T>
class stack_store {
public:
    std::size_t size() const noexcept { return items_.size(); }
    void push(T&& item) { items_.push_back(std::move(item)); }
    T pop() {
        T item(std::move(items_.back()));
        items_.pop_back();
        return item;
    }

private:
    std::vector<T> items_;
};

}  // namespace detail

// Last in, first out. An item that is put while a task waits goes to that task. See detail::basic_queue.
// Thread: the loop's.
template <class T>
class lifo_queue : public detail::basic_queue<T, detail::stack_store<T>> {
public:
    using detail::basic_queue<T, detail::stack_store<T>>::basic_queue;
};

}  // namespace gyre
