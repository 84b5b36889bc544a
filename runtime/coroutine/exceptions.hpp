#pragma once
#include <exception>
#include <source_location>
#include <string>
#include <string_view>
#include <typeinfo>

namespace gyre::detail {

// Whether it holds a cancelled_error, or one of a class derived from it; does not throw to find out where the C++ runtime allows that.
bool is_cancelled(const std::exception_ptr& error) noexcept;

// The exception object; null without one. It stands for this error as long as somebody holds it.
const void* address_of(const std::exception_ptr& error) noexcept;

// What a person should read: what() of a std::exception or of a cancelled_error, else the type's name.
std::string describe(const std::exception_ptr& error);

// `what` was given a null exception_ptr. Throws std::invalid_argument.
[[noreturn]] void throw_null_error(const char* what);

// A type's name as a program has it.
std::string readable_name(const std::type_info& type);

// "app::hello(int)" of "gyre::task<void> app::hello(int)".
std::string_view function_name(const std::source_location& where) noexcept;

}  // namespace gyre::detail
