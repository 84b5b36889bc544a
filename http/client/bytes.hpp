#pragma once
#include <cstddef>
#include <cstring>
#include <string>
#include <string_view>
#include <utility>

namespace gyre::http {

// A body or a piece of one: bytes in one run of memory, as a std::vector<std::byte>, but memory that it grows by is not filled
// with zeros first, and large blocks are kept for the next body instead of going back to the system.
// Thread: any, one at a time. Throws: std::bad_alloc.
class bytes {
public:
    using value_type = std::byte;
    using size_type = std::size_t;
    using iterator = std::byte*;
    using const_iterator = const std::byte*;

    bytes() noexcept = default;
    explicit bytes(std::string_view text) { append(text.data(), text.size()); }
    bytes(const bytes& other) { append(other.data_, other.size_); }
    bytes(bytes&& other) noexcept
        : data_(std::exchange(other.data_, nullptr)), size_(std::exchange(other.size_, 0)), capacity_(std::exchange(other.capacity_, 0)) {}
    bytes& operator=(bytes other) noexcept {
        std::swap(data_, other.data_);
        std::swap(size_, other.size_);
        std::swap(capacity_, other.capacity_);
        return *this;
    }
    ~bytes() { free_memory(); }

    std::byte* data() noexcept { return data_; }
    const std::byte* data() const noexcept { return data_; }
    std::size_t size() const noexcept { return size_; }
    bool empty() const noexcept { return size_ == 0; }
    iterator begin() noexcept { return data_; }
    iterator end() noexcept { return data_ + size_; }
    const_iterator begin() const noexcept { return data_; }
    const_iterator end() const noexcept { return data_ + size_; }
    std::byte& operator[](std::size_t at) noexcept { return data_[at]; }
    const std::byte& operator[](std::size_t at) const noexcept { return data_[at]; }

    // The same bytes as characters.
    std::string_view view() const noexcept { return std::string_view(reinterpret_cast<const char*>(data_), size_); }
    operator std::string_view() const noexcept { return view(); }
    std::string to_string() const { return std::string(view()); }

    friend bool operator==(const bytes& a, const bytes& b) noexcept { return a.view() == b.view(); }

    // --- for who fills it
    std::size_t capacity() const noexcept { return capacity_; }
    // Makes room for that many bytes in all. What is added beyond size() holds anything.
    void reserve(std::size_t capacity) {
        if (capacity > capacity_) grow(capacity);
    }
    // Not beyond the capacity; bytes behind the old size hold what was written there.
    void set_size(std::size_t size) noexcept { size_ = size; }
    void append(const void* from, std::size_t size) {
        if (size == 0) return;
        if (size > capacity_ - size_) grow_by_half(size_ + size);
        std::memcpy(data_ + size_, from, size);
        size_ += size;
    }

private:
    void grow(std::size_t capacity);
    // Grows by half at least, so that many small additions cost little.
    void grow_by_half(std::size_t capacity) { grow(capacity < capacity_ + capacity_ / 2 ? capacity_ + capacity_ / 2 : capacity); }
    void free_memory() noexcept;

    std::byte* data_ = nullptr;
    std::size_t size_ = 0;
    std::size_t capacity_ = 0;
};

}  // namespace gyre::http
