#include <gyre/runtime/io/read_buffer.hpp>

#include <algorithm>
#include <cstring>
#include <utility>

namespace gyre::detail {
namespace {

constexpr std::size_t smallest = 4096;
// An idle stream keeps no more than this.
constexpr std::size_t most_kept_empty = 16 * 1024;

}  // namespace

std::size_t read_buffer::take(char* to, std::size_t most) noexcept {
    const std::size_t n = std::min(most, size());
    if (n != 0) std::memcpy(to, memory_.get() + begin_, n);
    consume(n);
    return n;
}

std::string read_buffer::take(std::size_t most) {
    std::string taken(view().substr(0, most));
    consume(taken.size());
    return taken;
}

void read_buffer::consume(std::size_t n) noexcept {
    begin_ += n;
    if (!empty()) return;
    begin_ = end_ = 0;
    if (capacity_ <= most_kept_empty) return;
    memory_.reset();
    capacity_ = 0;
}

void read_buffer::put_back(const char* data, std::size_t size) {
    if (size == 0) return;
    if (begin_ < size) reserve(size, 0);
    begin_ -= size;
    std::memcpy(memory_.get() + begin_, data, size);
}

std::span<char> read_buffer::prepare(std::size_t least) {
    if (capacity_ - end_ < least) reserve(0, least);
    return std::span<char>(memory_.get() + end_, capacity_ - end_);
}

void read_buffer::reserve(std::size_t in_front, std::size_t behind) {
    const std::size_t held = size();
    const std::size_t needed = in_front + held + behind;
    if (needed <= capacity_) {
        if (held != 0) std::memmove(memory_.get() + in_front, memory_.get() + begin_, held);
    } else {
        const std::size_t grown = std::max({needed, capacity_ * 2, smallest});
        std::unique_ptr<char[]> larger(new char[grown]);
        if (held != 0) std::memcpy(larger.get() + in_front, memory_.get() + begin_, held);
        memory_ = std::move(larger);
        capacity_ = grown;
    }
    begin_ = in_front;
    end_ = in_front + held;
}

}  // namespace gyre::detail
