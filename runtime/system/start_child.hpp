#pragma once
#include <sys/types.h>
#include <gyre/runtime/io/unique_fd.hpp>
#include <gyre/runtime/system/command_settings.hpp>

#include <array>

namespace gyre::detail {

// A child that runs the program, and our ends of its pipes.
struct started_child {
    pid_t pid = -1;
    unique_fd pidfd;  // none when the system has reaped it already (SIGCHLD is ignored)
    std::array<unique_fd, 3> pipes;
};

// Returns when the program runs in the child, its signals unblocked and at their default actions, with no fd above 2.
// Throws: std::system_error when it cannot; then there is no child.
started_child start_child(const command_settings& settings);

}  // namespace gyre::detail
