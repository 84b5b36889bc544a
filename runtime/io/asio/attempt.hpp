#pragma once
#include <gyre/runtime/io/operation.hpp>

#include <climits>
#include <cstdint>

namespace gyre::detail {

// What an attempt says beside a result or a negative errno.
constexpr std::int32_t would_block = INT_MIN;
constexpr std::int32_t needs_thread = INT_MIN + 1;  // the call may block in a way that no readiness announces

// What is remembered of an operation between its attempts.
struct attempt_state {
    enum class fd_kind : std::uint8_t { unknown, socket, stream, file };

    fd_kind kind = fd_kind::unknown;
    bool connecting = false;
    std::uint64_t moved = 0;  // bytes so far, with MSG_WAITALL
};

// Does the operation if that takes no waiting, whether the fd is in blocking mode or not. Not for opcode::close.
std::int32_t attempt(operation& op, attempt_state& state) noexcept;

// The poll() events that say when to try again.
unsigned events_to_await(const operation& op) noexcept;

// Does the operation, however long it takes: for a thread of its own.
std::int32_t perform(const operation& op) noexcept;

}  // namespace gyre::detail
