#pragma once
#include <sys/types.h>
#include <gyre/runtime/io/unique_fd.hpp>
#include <gyre/runtime/system/exit_status.hpp>

#include <optional>

namespace gyre::detail {

// Empty, with errno set, when it cannot be had. The child must not have been reaped, else the number may be another's.
unique_fd open_pidfd(pid_t child) noexcept;

// 0 or an errno; ESRCH when the process has been reaped. Never hits another that has the same number.
int send_signal(int pidfd, int number) noexcept;

enum class waiting { no, yes };
// Reaps the child if it has ended: its status. Nullopt when it runs still.
std::optional<exit_status> reap(int pidfd, waiting wait) noexcept;

// Waits a while for the end of a killed child.
void await_end(int pidfd) noexcept;
// For one that does not end for all that, because the kernel holds it up (on a disk that does not answer, say): it will be reaped by a
// later call of reap_late_ones().
void put_aside(unique_fd pidfd) noexcept;
void reap_late_ones() noexcept;

}  // namespace gyre::detail
