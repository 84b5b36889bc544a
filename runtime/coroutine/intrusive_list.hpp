#pragma once
#include <cstddef>
#include <iterator>

namespace gyre::detail {

// A place in a doubly linked list. `Tag` lets one object stand in several lists.
template <class Tag = void>
class list_hook {
public:
    constexpr list_hook() noexcept = default;
    list_hook(const list_hook&) = delete;
    list_hook& operator=(const list_hook&) = delete;

    bool linked() const noexcept { return next_ != nullptr; }
    // Nothing when it is in no list.
    void unlink() noexcept {
        if (linked()) take_out();
    }

private:
    template <class, class>
    friend class intrusive_list;
    void insert_before(list_hook& other) noexcept {
        prev_ = other.prev_;
        next_ = &other;
        other.prev_->next_ = this;
        other.prev_ = this;
    }
    void take_out() noexcept {
        prev_->next_ = next_;
        next_->prev_ = prev_;
        prev_ = next_ = nullptr;
    }
    list_hook* prev_ = nullptr;
    list_hook* next_ = nullptr;
};

// Objects of a type derived from list_hook<Tag>, linked through it; owns none of them. FIFO by push_back and pop_front.
template <class T, class Tag = void>
class intrusive_list {
    using hook = list_hook<Tag>;

public:
    class iterator {
    public:
        using iterator_category = std::bidirectional_iterator_tag;
        using value_type = T;
        using difference_type = std::ptrdiff_t;
        using pointer = T*;
        using reference = T&;
        explicit iterator(hook* at = nullptr) noexcept : at_(at) {}
        T& operator*() const noexcept { return static_cast<T&>(*at_); }
        T* operator->() const noexcept { return &static_cast<T&>(*at_); }
        iterator& operator++() noexcept {
            at_ = at_->next_;
            return *this;
        }
        iterator operator++(int) noexcept {
            iterator old = *this;
            ++*this;
            return old;
        }
        iterator& operator--() noexcept {
            at_ = at_->prev_;
            return *this;
        }
        iterator operator--(int) noexcept {
            iterator old = *this;
            --*this;
            return old;
        }
        friend bool operator==(iterator a, iterator b) noexcept { return a.at_ == b.at_; }

    private:
        hook* at_;
    };

    constexpr intrusive_list() noexcept { head_.prev_ = head_.next_ = &head_; }
    intrusive_list(const intrusive_list&) = delete;
    intrusive_list& operator=(const intrusive_list&) = delete;

    bool empty() const noexcept { return head_.next_ == &head_; }
    void push_back(T& item) noexcept { static_cast<hook&>(item).insert_before(head_); }
    void push_front(T& item) noexcept { static_cast<hook&>(item).insert_before(*head_.next_); }
    // Before one that is in the list.
    void insert(T& item, T& before) noexcept { static_cast<hook&>(item).insert_before(static_cast<hook&>(before)); }
    T& front() noexcept { return static_cast<T&>(*head_.next_); }
    T& pop_front() noexcept {
        T& item = front();
        static_cast<hook&>(item).take_out();
        return item;
    }
    // Moves every item of `other` behind this list's.
    void splice_back(intrusive_list& other) noexcept {
        while (!other.empty()) push_back(other.pop_front());
    }
    // Linear.
    std::size_t size() const noexcept {
        std::size_t n = 0;
        for (const hook* at = head_.next_; at != &head_; at = at->next_) ++n;
        return n;
    }
    iterator begin() noexcept { return iterator(head_.next_); }
    iterator end() noexcept { return iterator(&head_); }
    // At one that is in the list.
    iterator from(T& item) noexcept { return iterator(&static_cast<hook&>(item)); }

private:
    hook head_;  // points at itself in an empty list
};

}  // namespace gyre::detail
