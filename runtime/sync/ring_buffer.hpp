#pragma once
#include <cstddef>
#include <memory>
#include <utility>

namespace gyre::detail {

// FIFO in one block of memory that grows by doubling and stays: a queue in a steady state allocates nothing.
template <class T>
class ring_buffer {
public:
    ring_buffer() noexcept = default;
    ring_buffer(ring_buffer&& other) noexcept { swap(other); }
    ring_buffer& operator=(ring_buffer&& other) noexcept {
        ring_buffer taken(std::move(other));
        swap(taken);
        return *this;
    }
    ~ring_buffer() {
        while (size_ != 0) drop_front();
        if (slots_ != nullptr) std::allocator<T>().deallocate(slots_, capacity_);
    }

    std::size_t size() const noexcept { return size_; }
    bool empty() const noexcept { return size_ == 0; }
    T& front() noexcept { return slots_[head_]; }
    // The i-th from the front.
    const T& operator[](std::size_t i) const noexcept { return slots_[(head_ + i) & (capacity_ - 1)]; }

    // The new place at the back.
    template <class U>
    void push(U&& item) {
        if (size_ == capacity_) [[unlikely]]
            grow();
        std::construct_at(slots_ + ((head_ + size_) & (capacity_ - 1)), std::forward<U>(item));
        ++size_;
    }
    void drop_front() noexcept {
        std::destroy_at(slots_ + head_);
        head_ = (head_ + 1) & (capacity_ - 1);
        --size_;
    }
    T pop() {
        T item(std::move(front()));
        drop_front();
        return item;
    }

private:
    void swap(ring_buffer& other) noexcept {
        std::swap(slots_, other.slots_);
        std::swap(capacity_, other.capacity_);
        std::swap(head_, other.head_);
        std::swap(size_, other.size_);
    }
    void grow() {
        ring_buffer bigger;
        const std::size_t capacity = capacity_ == 0 ? 8 : capacity_ * 2;
        bigger.slots_ = std::allocator<T>().allocate(capacity);
        bigger.capacity_ = capacity;
        for (std::size_t i = 0; i < size_; ++i) bigger.push(std::move_if_noexcept(slots_[(head_ + i) & (capacity_ - 1)]));
        swap(bigger);
    }

    T* slots_ = nullptr;
    std::size_t capacity_ = 0;  // a power of two, or 0
    std::size_t head_ = 0;
    std::size_t size_ = 0;
};

}  // namespace gyre::detail
