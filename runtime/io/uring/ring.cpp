#include <gyre/runtime/coroutine/errors.hpp>
#include <gyre/runtime/io/sigpipe.hpp>
#include <gyre/runtime/io/uring/ring.hpp>

#include <unistd.h>

#include <array>
#include <cerrno>
#include <string>
#include <system_error>

namespace gyre::detail {
namespace {

constexpr unsigned submission_entries = 512;
constexpr unsigned completion_entries = 4 * submission_entries;

// From the most capable set of flags (kernel 6.1) down to none (5.11). Made disabled, so that the thread that first polls becomes the
// one issuer.
constexpr std::array<unsigned, 3> flag_sets = {
    IORING_SETUP_R_DISABLED | IORING_SETUP_CQSIZE | IORING_SETUP_SUBMIT_ALL | IORING_SETUP_SINGLE_ISSUER | IORING_SETUP_DEFER_TASKRUN |
        IORING_SETUP_TASKRUN_FLAG,
    IORING_SETUP_R_DISABLED | IORING_SETUP_CQSIZE | IORING_SETUP_SUBMIT_ALL | IORING_SETUP_COOP_TASKRUN | IORING_SETUP_TASKRUN_FLAG,
    IORING_SETUP_R_DISABLED | IORING_SETUP_CQSIZE,
};

[[noreturn]] void throw_ring_error(const char* call, int status) {
    throw std::system_error(-status, std::generic_category(), std::string("gyre: io_uring ") + call);
}

// The kernel wants its completions collected first, or a signal came in between; it accepts again.
bool passes(int status) noexcept { return status == -EBUSY || status == -EAGAIN || status == -EINTR; }

}  // namespace

int ring::open() noexcept {
    int status = -EINVAL;
    for (const unsigned flags : flag_sets) {
        io_uring_params params{};
        params.flags = flags;
        params.cq_entries = completion_entries;
        status = io_uring_queue_init_params(submission_entries, &ring_, &params);
        if (status == 0) {
            open_ = true;
            // Waiting with a time limit in the same system call needs EXT_ARG (kernel 5.11).
            if ((params.features & IORING_FEAT_EXT_ARG) != 0) return 0;
            close();
            return -ENOSYS;
        }
        if (status != -EINVAL) break;
    }
    return status;
}

void ring::close() noexcept {
    if (!open_) return;
    close_what_is_queued();
    io_uring_queue_exit(&ring_);
    open_ = false;
}

// Closes that nobody waits for, and that the kernel has not seen yet: without them the fds would stay open for good.
void ring::close_what_is_queued() noexcept {
    const io_uring_sq& queue = ring_.sq;
    for (unsigned i = IO_URING_READ_ONCE(*queue.khead); i != queue.sqe_tail; ++i) {
        const io_uring_sqe& entry = queue.sqes[i & queue.ring_mask];
        if (entry.opcode == IORING_OP_CLOSE) ::close(entry.fd);
    }
}

// SINGLE_ISSUER ties a ring to one thread. A loop that is made in one thread and run in another, or run by several in turn, gets a fresh
// ring at each change.
void ring::move_to_thread(bool in_use) {
    if (thread_ != 0) {
        if (in_use)
            throw invalid_state_error(
                "gyre: the event loop has I/O in flight that another thread started; stop and close() it in the thread that ran it");
        close();
        thread_ = 0;
    }
    if (!open_)
        if (const int opened = open(); opened < 0) throw_ring_error("setup in another thread", opened);
    // Not io_uring_enable_rings(): Debian's shared liburing 2.3 declares it and does not export it.
    const int status = io_uring_register(static_cast<unsigned>(ring_.ring_fd), IORING_REGISTER_ENABLE_RINGS, nullptr, 0);
    if (status < 0) throw_ring_error("enable", status);
    thread_ = this_thread_number();
}

io_uring_sqe& ring::next_entry() {
    if (io_uring_sqe* const entry = try_next_entry()) [[likely]]
        return *entry;
    throw_ring_error("submit", submit_error_);
}

io_uring_sqe* ring::submit_for_entry() noexcept {
    std::optional<sigpipe_guard> guard;
    if (noisy_writes != 0) guard.emplace();
    while (true) {
        const int status = io_uring_submit(&ring_);
        if (status < 0 && !passes(status)) {
            submit_error_ = status;
            return nullptr;
        }
        if (status < 0) io_uring_get_events(&ring_);
        if (io_uring_sqe* const entry = io_uring_get_sqe(&ring_)) return entry;
    }
}

void ring::enter(std::optional<std::chrono::nanoseconds> wait) {
    std::optional<sigpipe_guard> guard;
    if (noisy_writes != 0) guard.emplace();
    const int status = submit_and_wait(wait);
    if (status < 0 && status != -ETIME && !passes(status)) throw_ring_error("wait", status);
}

int ring::submit_and_wait(std::optional<std::chrono::nanoseconds> wait) noexcept {
    if (wait && wait->count() <= 0) {
        forget_announcement();
        return io_uring_submit_and_get_events(&ring_);
    }
    io_uring_cqe* first = nullptr;
    if (!wait) return io_uring_submit_and_wait_timeout(&ring_, &first, 1, nullptr, nullptr);
    __kernel_timespec limit{};
    limit.tv_sec = wait->count() / 1'000'000'000;
    limit.tv_nsec = wait->count() % 1'000'000'000;
    return io_uring_submit_and_wait_timeout(&ring_, &first, 1, &limit, nullptr);
}

// The kernel announces work with a flag that it takes back when it does the work. Where the thread that brings the work is held
// up between the two, the flag comes late and stays with nothing behind it, and has_something() would be true for ever. So it is
// taken back here, before the work that it stands for is done; for what comes later the kernel sets it again. Only by a visit that
// surely enters the kernel: one that finds a completion and does not would leave the work there unannounced.
void ring::forget_announcement() noexcept {
    unsigned* const flags = ring_.sq.kflags;
    if ((IO_URING_READ_ONCE(*flags) & IORING_SQ_TASKRUN) != 0) __atomic_fetch_and(flags, ~IORING_SQ_TASKRUN, __ATOMIC_SEQ_CST);
}

bool ring::has_something() const noexcept {
    if (io_uring_sq_ready(&ring_) != 0 || io_uring_cq_ready(&ring_) != 0) return true;
    return (IO_URING_READ_ONCE(*ring_.sq.kflags) & (IORING_SQ_TASKRUN | IORING_SQ_CQ_OVERFLOW)) != 0;
}

void ring::register_eventfd(int fd) {
    const int status = io_uring_register_eventfd(&ring_, fd);
    if (status < 0) throw_ring_error("register_eventfd", status);
}

}  // namespace gyre::detail
