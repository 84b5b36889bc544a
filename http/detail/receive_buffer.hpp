#pragma once

#include <gyre/net/buffer.hpp>

#include <cstddef>
#include <memory>
#include <string_view>

namespace gyre::http::detail {

// Bytes that the peer has sent and nobody has dealt with yet. Holds no memory until it is asked for space.
class receive_buffer {
public:
    std::string_view view() const noexcept { return {memory_.get() + begin_, end_ - begin_}; }
    bool empty() const noexcept { return begin_ == end_; }
    std::size_t capacity() const noexcept { return capacity_; }

    // What was consumed stays readable until the next space(), shrink() or release().
    void consume(std::size_t n) noexcept { begin_ += n; }

    // Free memory behind the bytes, at least one; `wanted` bytes in all when it has to grow.
    net::mutable_buffer space(std::size_t wanted);
    void commit(std::size_t n) noexcept { end_ += n; }

    // Lets go of its memory when that is more than `kept` bytes, and holds nothing that is not consumed.
    void shrink(std::size_t kept) noexcept;

private:
    std::unique_ptr<char[]> memory_;
    std::size_t capacity_ = 0;
    std::size_t begin_ = 0;
    std::size_t end_ = 0;
};

}  // namespace gyre::http::detail
