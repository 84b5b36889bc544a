#include <gyre/runtime/coroutine/never_awaited.hpp>
#include <gyre/runtime/debug/never_awaited.hpp>

namespace gyre::debug {

void set_never_awaited_handler(std::function<void(const std::string& report)> fn) { detail::set_never_awaited_handler(std::move(fn)); }

}  // namespace gyre::debug
