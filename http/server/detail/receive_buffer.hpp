#pragma once

#include <gyre/net/buffer.hpp>

#include <cstddef>
#include <memory>
#include <string_view>

namespace gyre::http::detail {

/// Bytes that a client has sent and nobody has dealt with yet. Small while the connection is idle.
class receive_buffer {
public:
    /// What an idle connection keeps: enough for nearly every request.
    static constexpr std::size_t smallest = 2048;

    std::string_view view() const noexcept { return {memory_.get() + begin_, end_ - begin_}; }
    bool empty() const noexcept { return begin_ == end_; }

    /// What was consumed stays readable until the next space() or shrink().
    void consume(std::size_t n) noexcept { begin_ += n; }

    /// Free memory behind the bytes, at least one; `wanted` bytes in all when it has to grow.
    net::mutable_buffer space(std::size_t wanted);
    void commit(std::size_t n) noexcept { end_ += n; }

    /// Back to the smallest size, when it holds nothing.
    void shrink() noexcept;

private:
    std::unique_ptr<char[]> memory_;
    std::size_t capacity_ = 0;
    std::size_t begin_ = 0;
    std::size_t end_ = 0;
};

}  // namespace gyre::http::detail
