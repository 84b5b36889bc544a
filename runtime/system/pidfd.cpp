#include <gyre/runtime/system/pidfd.hpp>

#include <poll.h>
#include <signal.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cerrno>
#include <mutex>
#include <vector>

namespace gyre::detail {
namespace {

// The C library's header has it since 2.36 only.
constexpr auto by_pidfd = static_cast<idtype_t>(3);

constexpr int patience_ms = 1000;

struct late_children {
    std::mutex lock;
    std::vector<unique_fd> pidfds;
};
// Never destroyed: the last process objects may go at the program's very end.
late_children& late_ones() {
    static auto& only = *new late_children();
    return only;
}

exit_status status_from(const siginfo_t& info) noexcept {
    if (info.si_code == CLD_EXITED) return exit_status::exited(info.si_status);
    return exit_status::killed(info.si_status, info.si_code == CLD_DUMPED);
}

}  // namespace

unique_fd open_pidfd(pid_t child) noexcept { return unique_fd(static_cast<int>(::syscall(SYS_pidfd_open, child, 0))); }

int send_signal(int pidfd, int number) noexcept { return ::syscall(SYS_pidfd_send_signal, pidfd, number, nullptr, 0) == 0 ? 0 : errno; }

std::optional<exit_status> reap(int pidfd, waiting wait) noexcept {
    siginfo_t info{};
    const int options = WEXITED | (wait == waiting::no ? WNOHANG : 0);
    while (::waitid(by_pidfd, static_cast<id_t>(pidfd), &info, options) != 0)
        // Somebody else has reaped it.
        if (errno != EINTR) return exit_status();
    if (info.si_pid == 0) return std::nullopt;
    return status_from(info);
}

void await_end(int pidfd) noexcept {
    pollfd end{pidfd, POLLIN, 0};
    ::poll(&end, 1, patience_ms);
}

void put_aside(unique_fd pidfd) noexcept {
    try {
        late_children& late = late_ones();
        const std::lock_guard lock(late.lock);
        late.pidfds.push_back(std::move(pidfd));
    } catch (const std::exception&) {
        // No memory to remember it.
    }
}

void reap_late_ones() noexcept {
    late_children& late = late_ones();
    const std::lock_guard lock(late.lock);
    std::erase_if(late.pidfds, [](const unique_fd& pidfd) { return reap(pidfd.get(), waiting::no).has_value(); });
}

}  // namespace gyre::detail
