#pragma once
#include <sys/uio.h>

#include <cstddef>
#include <cstring>
#include <ranges>
#include <string_view>
#include <type_traits>

namespace gyre::net {

namespace detail {

template <class T>
concept byte_like = sizeof(T) == 1 && std::is_trivially_copyable_v<T> && !std::is_same_v<std::remove_cv_t<T>, bool>;

template <class R>
using element_of = std::remove_reference_t<std::ranges::range_reference_t<R>>;

template <class R>
inline constexpr bool is_literal = std::is_array_v<std::remove_reference_t<R>> && std::is_same_v<element_of<R>, const char>;

template <class R>
concept byte_range = std::ranges::contiguous_range<R> && std::ranges::sized_range<R> && byte_like<element_of<R>>;

}  // namespace detail

// Memory to read into: any contiguous range of chars or bytes (std::string, std::vector<std::byte>, char[4096], std::span),
// or a pointer and a size. Owns nothing: it stays valid until the read has ended.
// Thread: any, one at a time.
class mutable_buffer {
public:
    mutable_buffer(void* data, std::size_t size) noexcept : data_(static_cast<char*>(data)), size_(size) {}
    template <detail::byte_range R>
        requires(!std::is_const_v<detail::element_of<R>>)
    mutable_buffer(R&& range) noexcept
        : data_(reinterpret_cast<char*>(std::ranges::data(range))), size_(static_cast<std::size_t>(std::ranges::size(range))) {}

    char* data() const noexcept { return data_; }
    std::size_t size() const noexcept { return size_; }

private:
    char* data_;
    std::size_t size_;
};

// Bytes to write, from the same kinds of range; of a string literal its characters, without the null at the end.
// Thread: any, one at a time.
class const_buffer {
public:
    const_buffer(const void* data, std::size_t size) noexcept : vec_{const_cast<void*>(data), size} {}
    template <class Text>
        requires std::is_pointer_v<std::remove_cvref_t<Text>> && std::is_convertible_v<Text, const char*>
    const_buffer(Text&& text) noexcept : const_buffer(text, std::strlen(text)) {}
    template <std::size_t Size>
    const_buffer(const char (&literal)[Size]) noexcept
        : const_buffer(static_cast<const void*>(literal), literal[Size - 1] == '\0' ? Size - 1 : Size) {}
    template <detail::byte_range R>
        requires(!detail::is_literal<R>)
    const_buffer(R&& range) noexcept : const_buffer(std::ranges::data(range), static_cast<std::size_t>(std::ranges::size(range))) {}

    const char* data() const noexcept { return static_cast<const char*>(vec_.iov_base); }
    std::size_t size() const noexcept { return vec_.iov_len; }

    // An array of const_buffer is the iovec array that the kernel wants.
    const iovec& as_iovec() const noexcept { return vec_; }

private:
    iovec vec_;
};
static_assert(sizeof(const_buffer) == sizeof(iovec));

}  // namespace gyre::net
