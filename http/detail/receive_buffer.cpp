#include <gyre/http/detail/receive_buffer.hpp>

#include <algorithm>
#include <cstring>
#include <utility>

namespace gyre::http::detail {

net::mutable_buffer receive_buffer::space(std::size_t wanted) {
    const std::size_t held = end_ - begin_;
    if (held == 0) begin_ = end_ = 0;
    const bool grow = capacity_ < wanted || held == capacity_;
    if (grow) {
        const std::size_t larger = std::max(wanted, held == capacity_ ? capacity_ * 2 : capacity_);
        std::unique_ptr<char[]> memory(new char[larger]);
        if (held != 0) std::memcpy(memory.get(), memory_.get() + begin_, held);
        memory_ = std::move(memory);
        capacity_ = larger;
    } else if (begin_ != 0 && capacity_ - end_ < capacity_ / 2) {
        std::memmove(memory_.get(), memory_.get() + begin_, held);
    } else {
        return net::mutable_buffer(memory_.get() + end_, capacity_ - end_);
    }
    begin_ = 0;
    end_ = held;
    return net::mutable_buffer(memory_.get() + end_, capacity_ - end_);
}

void receive_buffer::shrink(std::size_t kept) noexcept {
    if (!empty() || capacity_ <= kept) return;
    memory_.reset();
    capacity_ = begin_ = end_ = 0;
}

}  // namespace gyre::http::detail
