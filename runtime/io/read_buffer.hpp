#pragma once
#include <cstddef>
#include <memory>
#include <span>
#include <string>
#include <string_view>

namespace gyre::detail {

// Bytes that came and were not asked for yet: behind a line, or given back by a read that was cancelled. Holds no memory until
// it is needed.
class read_buffer {
public:
    bool empty() const noexcept { return begin_ == end_; }
    std::size_t size() const noexcept { return end_ - begin_; }
    std::string_view view() const noexcept { return std::string_view(memory_.get() + begin_, size()); }

    // Moves out up to that many bytes; gives how many.
    std::size_t take(char* to, std::size_t most) noexcept;
    std::string take(std::size_t most);
    void consume(std::size_t n) noexcept;
    // Puts bytes back in front of the others.
    void put_back(const char* data, std::size_t size);

    // Free memory behind the bytes, at least `least` of it; stays put until the next call of a member.
    std::span<char> prepare(std::size_t least);
    // So many bytes were written there.
    void commit(std::size_t n) noexcept { end_ += n; }

private:
    void reserve(std::size_t in_front, std::size_t behind);

    std::unique_ptr<char[]> memory_;
    std::size_t capacity_ = 0;
    std::size_t begin_ = 0;
    std::size_t end_ = 0;
};

}  // namespace gyre::detail
