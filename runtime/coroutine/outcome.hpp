#pragma once
#include <gyre/runtime/coroutine/awaitable.hpp>
#include <gyre/runtime/coroutine/exceptions.hpp>

#include <exception>
#include <utility>
#include <variant>

namespace gyre {

// A value or an exception.
// Thread: any, one at a time. Throws: what moving a T throws, and what a member names.
template <class T = void>
class outcome {
public:
    outcome(T value) : held_(std::in_place_index<0>, std::move(value)) {}
    // Throws: std::invalid_argument for null.
    outcome(std::exception_ptr error) : held_(std::in_place_index<1>, std::move(error)) {
        if (this->error() == nullptr) detail::throw_null_error("an outcome");
    }

    bool has_value() const noexcept { return held_.index() == 0; }
    explicit operator bool() const noexcept { return has_value(); }
    // The exception is a cancelled_error.
    bool cancelled() const noexcept { return detail::is_cancelled(error()); }

    // Throws: the exception it holds.
    T& value() & {
        check();
        return *std::get_if<0>(&held_);
    }
    const T& value() const& {
        check();
        return *std::get_if<0>(&held_);
    }
    T&& value() && {
        check();
        return std::move(*std::get_if<0>(&held_));
    }
    T& operator*() & noexcept { return *std::get_if<0>(&held_); }
    const T& operator*() const& noexcept { return *std::get_if<0>(&held_); }
    T* operator->() noexcept { return std::get_if<0>(&held_); }
    const T* operator->() const noexcept { return std::get_if<0>(&held_); }

    // Null with a value.
    std::exception_ptr error() const noexcept { return has_value() ? nullptr : *std::get_if<1>(&held_); }

private:
    void check() const {
        if (!has_value()) std::rethrow_exception(*std::get_if<1>(&held_));
    }
    std::variant<T, std::exception_ptr> held_;
};

// Nothing, or an exception.
// Thread: any, one at a time.
template <>
class outcome<void> {
public:
    outcome() noexcept = default;
    // Throws: std::invalid_argument for null.
    outcome(std::exception_ptr error) : error_(std::move(error)) {
        if (error_ == nullptr) detail::throw_null_error("an outcome");
    }

    bool has_value() const noexcept { return error_ == nullptr; }
    explicit operator bool() const noexcept { return has_value(); }
    bool cancelled() const noexcept { return detail::is_cancelled(error_); }
    // Throws: the exception it holds.
    void value() const {
        if (error_) std::rethrow_exception(error_);
    }
    std::exception_ptr error() const noexcept { return error_; }

private:
    std::exception_ptr error_;
};

}  // namespace gyre
