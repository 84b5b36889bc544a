#pragma once
#include <source_location>
#include <string>
#include <vector>

namespace gyre::detail {

struct promise_base;

// Where one coroutine of a stack of awaits stands. Two constants of the program, so noting it down allocates nothing.
struct await_place {
    std::source_location function;  // its beginning
    std::source_location where;     // its last co_await; its beginning when it has reached none
};

await_place place_of(const promise_base& promise) noexcept;
// The stack of awaits whose innermost coroutine is given (null: an empty one), innermost first, at most `limit` of them.
std::vector<await_place> await_places(const promise_base* leaf, std::size_t limit = static_cast<std::size_t>(-1));

// "main.cpp:12"
std::string line_of(const std::source_location& where);
// "work() at main.cpp:12"
std::string describe(const await_place& place);
// The same of a stack that is given innermost first: "main() at main.cpp:20 > work() at main.cpp:12".
std::string describe(const std::vector<await_place>& innermost_first);

}  // namespace gyre::detail
