#pragma once
#include <gyre/runtime/io/operation.hpp>

#include <liburing.h>

namespace gyre::detail {

// Writes an operation into an entry of the ring, whatever was in it.
void fill_entry(io_uring_sqe& entry, const operation& op) noexcept;

inline bool is_write(const operation& op) noexcept { return op.code == opcode::write || op.code == opcode::writev; }

// Lets a write to a pipe that nobody reads be EPIPE and nothing else. False when the kernel cannot: then it raises SIGPIPE in the thread
// that enters the ring.
bool keep_quiet(io_uring_sqe& write) noexcept;

}  // namespace gyre::detail
