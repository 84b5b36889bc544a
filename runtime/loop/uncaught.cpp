#include <gyre/runtime/coroutine/await_place.hpp>
#include <gyre/runtime/coroutine/exceptions.hpp>
#include <gyre/runtime/loop/uncaught.hpp>

#include <cstdio>
#include <cstdlib>
#include <exception>
#include <string>

namespace gyre::detail {
namespace {

// The last error that left a loop in this thread. By address: holding it would lengthen its life.
thread_local const void* left = nullptr;
thread_local std::string stack_of_left;

std::terminate_handler next_handler = nullptr;

[[noreturn]] void terminate_with_stack() {
    if (left != nullptr && address_of(std::current_exception()) == left)
        std::fprintf(stderr, "gyre: the error that nobody caught came from (async stack, innermost last)\n%s", stack_of_left.c_str());
    if (next_handler != nullptr) next_handler();
    std::abort();
}

void install_once() {
    static const bool installed = [] {
        next_handler = std::set_terminate(terminate_with_stack);
        return true;
    }();
    static_cast<void>(installed);
}

}  // namespace

void note_leaving_error(const future_core& main) noexcept {
    try {
        const std::vector<await_place>& places = main.owner().error_stack(main.held_error());
        if (places.empty()) return;
        stack_of_left.clear();
        for (auto place = places.rbegin(); place != places.rend(); ++place) stack_of_left += "    " + describe(*place) + '\n';
        left = address_of(main.held_error());
        install_once();
    } catch (...) {  // no memory for it
    }
}

}  // namespace gyre::detail
