#pragma once
#include <gyre/runtime/coroutine/future_core.hpp>

namespace gyre::detail {

// The error of the main task leaves its loop. Should nobody catch it, so that std::terminate() ends the process, the stack of awaits
// that it came from is printed first.
void note_leaving_error(const future_core& main) noexcept;

}  // namespace gyre::detail
