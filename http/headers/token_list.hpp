#pragma once

#include <cstddef>
#include <iterator>
#include <string_view>

namespace gyre::http {

// The elements of a comma-separated header value, such as Connection or Accept-Encoding: whitespace around each is
// removed, empty elements are skipped, and a comma inside a quoted string does not separate.
//
//     for (std::string_view option : token_list(value)) ...
//
// The value must outlive the list. Nothing is allocated.
// Thread: any, one at a time. Source: RFC 9110 section 5.6.1.
class token_list {
public:
    class iterator {
    public:
        using iterator_category = std::forward_iterator_tag;
        using value_type = std::string_view;
        using difference_type = std::ptrdiff_t;
        using pointer = const std::string_view*;
        using reference = std::string_view;

        iterator() = default;
        std::string_view operator*() const noexcept { return element_; }
        iterator& operator++() noexcept {
            advance();
            return *this;
        }
        iterator operator++(int) noexcept {
            const iterator old = *this;
            advance();
            return old;
        }
        friend bool operator==(const iterator& a, const iterator& b) noexcept { return a.element_.data() == b.element_.data(); }

    private:
        friend class token_list;
        explicit iterator(std::string_view rest) noexcept : rest_(rest) { advance(); }
        void advance() noexcept;

        std::string_view element_;  // null at the end
        std::string_view rest_;
    };

    explicit token_list(std::string_view value) noexcept : value_(value) {}

    iterator begin() const noexcept { return iterator(value_); }
    iterator end() const noexcept { return {}; }

    // True when an element equals `token`, ignoring ASCII case.
    bool contains(std::string_view token) const noexcept;

private:
    std::string_view value_;
};

// The element without its parameters: "gzip" of "gzip;q=0.5". Thread: any.
std::string_view without_parameters(std::string_view element) noexcept;

}  // namespace gyre::http
