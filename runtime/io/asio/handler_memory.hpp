#pragma once
#include <cstddef>
#include <new>

namespace gyre::detail {

// Room for one of Asio's handlers at a time, so that neither a wait nor a job for a thread allocates. A handler that is too large,
// or comes while the room is taken, gets memory of its own.
class handler_memory {
public:
    handler_memory() noexcept = default;
    handler_memory(const handler_memory&) = delete;
    handler_memory& operator=(const handler_memory&) = delete;

    void* allocate(std::size_t size) {
        if (taken_ || size > sizeof room_) return ::operator new(size);
        taken_ = true;
        return room_;
    }
    void deallocate(void* p) noexcept {
        if (p == room_)
            taken_ = false;
        else
            ::operator delete(p);
    }

private:
    alignas(std::max_align_t) std::byte room_[160];
    bool taken_ = false;
};

// The same as a standard allocator, which Asio asks a handler for.
template <class T>
class handler_allocator {
public:
    using value_type = T;

    explicit handler_allocator(handler_memory& memory) noexcept : memory_(&memory) {}
    template <class U>
    handler_allocator(const handler_allocator<U>& other) noexcept : memory_(other.memory_) {}

    T* allocate(std::size_t n) { return static_cast<T*>(memory_->allocate(n * sizeof(T))); }
    void deallocate(T* p, std::size_t) noexcept { memory_->deallocate(p); }

    template <class U>
    friend bool operator==(const handler_allocator& a, const handler_allocator<U>& b) noexcept {
        return a.memory_ == b.memory_;
    }

private:
    template <class>
    friend class handler_allocator;
    handler_memory* memory_;
};

}  // namespace gyre::detail
