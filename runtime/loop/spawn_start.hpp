#pragma once
#include <cstdint>

namespace gyre {

// When a spawned task takes its first step: on the loop's next turn, or at once, inside the call of spawn(), up to its first wait. Started
// at once, a task that needs not wait is done when spawn() returns; tasks that start one another so nest on the stack.
enum class spawn_start : std::uint8_t { next_turn, now };
inline constexpr spawn_start start_now = spawn_start::now;

}  // namespace gyre
