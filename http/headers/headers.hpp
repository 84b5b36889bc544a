#pragma once

#include <cstddef>
#include <cstdint>
#include <initializer_list>
#include <iterator>
#include <memory>
#include <optional>
#include <stdexcept>
#include <string>
#include <string_view>

namespace gyre::http {

namespace detail {

// Where one header stands in the text of a `headers` object. `hash` filters look-ups.
struct field_position {
    std::uint32_t name;
    std::uint32_t value;
    std::uint32_t value_size;
    std::uint16_t name_size;
    std::uint16_t hash;
};

std::uint16_t name_hash(std::string_view name) noexcept;

class headers_access;

}  // namespace detail

// A header that may not be sent. `what()` names the header, the offending byte and the cure, never the value.
class header_error : public std::invalid_argument {
public:
    using std::invalid_argument::invalid_argument;
};

// One header, as views into a `headers` object.
struct header {
    std::string_view name;
    std::string_view value;
};

// Headers in the order they were received or added, several of one name allowed; names compare without regard to
// ASCII case and keep the spelling they came with.
//
// All of it lies in one allocation, none while it is empty. What is added is checked at once, so that whatever an object
// holds can be written to the wire as it is. Views into it live until it is next changed.
// Thread: any, one at a time; several may read at once. Throws: std::bad_alloc, and what a member names.
class headers {
public:
    class iterator;
    class value_range;

    headers() = default;
    // Throws: header_error, as add().
    headers(std::initializer_list<header> list);
    headers(const headers& other);
    headers(headers&& other) noexcept;
    headers& operator=(const headers& other);
    headers& operator=(headers&& other) noexcept;
    ~headers() = default;

    // The value of the first header of that name.
    std::optional<std::string_view> get(std::string_view name) const noexcept;

    // The same, or `otherwise` when there is none.
    std::string_view get_or(std::string_view name, std::string_view otherwise) const noexcept;

    // The values of all headers of that name, in order; a range of string_view, nothing is allocated. `name` must live as long.
    value_range get_all(std::string_view name) const noexcept;

    // All values of that name joined by ", ". Not for Set-Cookie. Source: RFC 9110 section 5.3.
    std::string combined(std::string_view name) const;

    bool contains(std::string_view name) const noexcept { return find(name, 0) != count_; }

    // True when a header of that name holds `token` in its comma-separated list, ignoring ASCII case.
    bool has_token(std::string_view name, std::string_view token) const noexcept;

    // Adds a header behind the others. Whitespace around the value is removed.
    // Throws: header_error when the name is no token or the value holds a control character, or all would take more than 1 GiB.
    void add(std::string_view name, std::string_view value);

    // Makes this the only header of that name, in the place of the first one.
    // Throws: as add().
    void set(std::string_view name, std::string_view value);

    // Removes all headers of that name. Returns: how many there were.
    std::size_t remove(std::string_view name) noexcept;

    // Removes all headers; the memory stays for the next ones.
    void clear() noexcept;

    std::size_t size() const noexcept { return count_; }
    bool empty() const noexcept { return count_ == 0; }
    header operator[](std::size_t index) const noexcept;
    iterator begin() const noexcept;
    iterator end() const noexcept;

    // Makes room for `fields` headers of `bytes` bytes (names and values) in all. Throws: header_error for more than 1 GiB.
    void reserve(std::size_t fields, std::size_t bytes);

private:
    friend class detail::headers_access;

    const detail::field_position* fields() const noexcept { return reinterpret_cast<const detail::field_position*>(block_.get()); }
    detail::field_position* fields() noexcept { return reinterpret_cast<detail::field_position*>(block_.get()); }
    const char* text() const noexcept { return block_.get() + std::size_t{field_capacity_} * sizeof(detail::field_position); }
    char* text() noexcept { return block_.get() + std::size_t{field_capacity_} * sizeof(detail::field_position); }
    std::string_view name_of(const detail::field_position& f) const noexcept { return {text() + f.name, f.name_size}; }
    std::string_view value_of(const detail::field_position& f) const noexcept { return {text() + f.value, f.value_size}; }
    std::uint32_t find(std::string_view name, std::uint32_t from) const noexcept;
    void grow(std::size_t fields, std::size_t bytes, bool with_slack);
    void append(std::string_view name, std::string_view value);

    // [field_position x field_capacity_][text: preamble, then names and values]. The preamble is the start line of a parsed
    // head, which request_head and response_head view; it survives every change but assignment and move.
    std::unique_ptr<char[]> block_;
    std::uint32_t count_ = 0;
    std::uint32_t field_capacity_ = 0;
    std::uint32_t text_size_ = 0;
    std::uint32_t text_capacity_ = 0;
    std::uint32_t preamble_ = 0;
};

namespace detail {

// The door through which the head parser fills a `headers` object.
class headers_access {
public:
    // Replaces all that `out` holds by a copy of `head`, whose first `preamble` bytes are the start line.
    static void adopt(headers& out, std::string_view head, std::uint32_t preamble, const field_position* fields, std::size_t count);
    static const char* text(const headers& h) noexcept { return h.text(); }
};

}  // namespace detail

class headers::iterator {
public:
    using iterator_category = std::input_iterator_tag;
    using iterator_concept = std::forward_iterator_tag;
    using value_type = header;
    using difference_type = std::ptrdiff_t;
    using pointer = void;
    using reference = header;

    iterator() = default;
    header operator*() const noexcept { return (*owner_)[index_]; }
    iterator& operator++() noexcept {
        ++index_;
        return *this;
    }
    iterator operator++(int) noexcept {
        const iterator old = *this;
        ++index_;
        return old;
    }
    friend bool operator==(const iterator&, const iterator&) noexcept = default;

private:
    friend class headers;
    iterator(const headers* owner, std::size_t index) noexcept : owner_(owner), index_(index) {}

    const headers* owner_ = nullptr;
    std::size_t index_ = 0;
};

class headers::value_range {
public:
    class iterator {
    public:
        using iterator_category = std::input_iterator_tag;
        using iterator_concept = std::forward_iterator_tag;
        using value_type = std::string_view;
        using difference_type = std::ptrdiff_t;
        using pointer = void;
        using reference = std::string_view;

        iterator() = default;
        std::string_view operator*() const noexcept { return (*owner_)[index_].value; }
        iterator& operator++() noexcept {
            index_ = owner_->find(name_, index_ + 1);
            return *this;
        }
        iterator operator++(int) noexcept {
            const iterator old = *this;
            ++*this;
            return old;
        }
        friend bool operator==(const iterator& a, const iterator& b) noexcept { return a.index_ == b.index_; }

    private:
        friend class value_range;
        iterator(const headers* owner, std::string_view name, std::uint32_t index) noexcept : owner_(owner), name_(name), index_(index) {}

        const headers* owner_ = nullptr;
        std::string_view name_;
        std::uint32_t index_ = 0;
    };

    iterator begin() const noexcept { return {owner_, name_, owner_->find(name_, 0)}; }
    iterator end() const noexcept { return {owner_, name_, owner_->count_}; }
    bool empty() const noexcept { return begin() == end(); }

private:
    friend class headers;
    value_range(const headers* owner, std::string_view name) noexcept : owner_(owner), name_(name) {}

    const headers* owner_;
    std::string_view name_;
};

inline headers::iterator headers::begin() const noexcept { return {this, 0}; }
inline headers::iterator headers::end() const noexcept { return {this, count_}; }
inline headers::value_range headers::get_all(std::string_view name) const noexcept { return {this, name}; }

}  // namespace gyre::http
