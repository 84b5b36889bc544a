#include <gyre/runtime/coroutine/errors.hpp>
#include <gyre/runtime/coroutine/thread_number.hpp>
#include <gyre/runtime/io/backend.hpp>
#include <gyre/runtime/io/operations_by_fd.hpp>
#include <gyre/runtime/io/sigpipe.hpp>
#include <gyre/runtime/io/unique_fd.hpp>

#include <fcntl.h>
#include <liburing.h>
#include <poll.h>
#include <sys/eventfd.h>
#include <sys/socket.h>
#include <sys/uio.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <atomic>
#include <cerrno>
#include <cstdio>
#include <cstring>
#include <optional>
#include <stdexcept>
#include <system_error>

namespace gyre::detail {
namespace {

constexpr unsigned submission_entries = 512;
constexpr unsigned completion_entries = 4 * submission_entries;

// Completions that no operation waits for: cancels, detached closes.
constexpr std::uint64_t nobody = 0;
constexpr std::uint64_t wake_up = 1;

// A ring of the kernel's. Made disabled, so that the thread that first polls becomes its one issuer.
class ring_owner {
public:
    ring_owner() = default;
    ring_owner(const ring_owner&) = delete;
    ring_owner& operator=(const ring_owner&) = delete;
    ~ring_owner() { reset(); }

    // 0 or a negative errno. From the most capable set of flags (kernel 6.1) down to none (5.11).
    int open() {
        constexpr std::array<unsigned, 3> flag_sets = {
            IORING_SETUP_R_DISABLED | IORING_SETUP_CQSIZE | IORING_SETUP_SUBMIT_ALL | IORING_SETUP_SINGLE_ISSUER |
                IORING_SETUP_DEFER_TASKRUN | IORING_SETUP_TASKRUN_FLAG,
            IORING_SETUP_R_DISABLED | IORING_SETUP_CQSIZE | IORING_SETUP_SUBMIT_ALL | IORING_SETUP_COOP_TASKRUN | IORING_SETUP_TASKRUN_FLAG,
            IORING_SETUP_R_DISABLED | IORING_SETUP_CQSIZE,
        };
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
                reset();
                return -ENOSYS;
            }
            if (status != -EINVAL) break;
        }
        return status;
    }
    void reset() noexcept {
        if (!open_) return;
        close_what_is_queued();
        io_uring_queue_exit(&ring_);
        open_ = false;
    }
    io_uring* get() noexcept { return &ring_; }
    const io_uring* get() const noexcept { return &ring_; }

private:
    // Closes that nobody waits for, and that the kernel has not seen yet: without them the fds would stay open for good.
    void close_what_is_queued() noexcept {
        const io_uring_sq& queue = ring_.sq;
        for (unsigned i = IO_URING_READ_ONCE(*queue.khead); i != queue.sqe_tail; ++i) {
            const io_uring_sqe& entry = queue.sqes[i & queue.ring_mask];
            if (entry.opcode == IORING_OP_CLOSE) ::close(entry.fd);
        }
    }

    io_uring ring_{};
    bool open_ = false;
};

// For one write: no SIGPIPE (kernel 6.18); the C library's headers are older.
constexpr int no_signal = 0x100;

bool kernel_knows_no_signal() noexcept {
    static const bool knows = [] {
        std::array<int, 2> fds{};
        if (::pipe2(fds.data(), O_CLOEXEC) != 0) return false;
        const unique_fd reader(fds[0]);
        const unique_fd writer(fds[1]);
        char byte = 0;
        const iovec one{&byte, 1};
        return ::pwritev2(writer.get(), &one, 1, -1, no_signal) == 1;
    }();
    return knows;
}

[[noreturn]] void throw_ring_error(const char* call, int status) {
    throw std::system_error(-status, std::generic_category(), std::string("gyre: io_uring ") + call);
}

class uring_backend final : public backend {
public:
    // 0 or a negative errno.
    int open() {
        wake_fd_.reset(::eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK));
        if (!wake_fd_) return -errno;
        return ring_.open();
    }

    std::string_view name() const noexcept override { return "uring"; }

    void submit(operation& op) override {
        bind_to_thread();
        if (op.code == opcode::close) cancel_all_on(op.fd);
        by_fd_.add(op);
        io_uring_sqe* sqe = try_next_entry();
        if (sqe == nullptr) {
            by_fd_.remove(op);
            throw_ring_error("submit", submit_error_);
        }
        fill(*sqe, op);
        // Known to every kernel that has DEFER_TASKRUN.
        if (op.poll_first && (ring_.get()->flags & IORING_SETUP_DEFER_TASKRUN) != 0) sqe->ioprio |= IORING_RECVSEND_POLL_FIRST;
        io_uring_sqe_set_data(sqe, &op);
        if (is_write(op)) prepare_write(*sqe);
        ++in_flight_;
    }

    void cancel(operation& op) noexcept override {
        if (op.cancel_asked) return;
        io_uring_sqe* sqe = try_next_entry();
        if (sqe == nullptr) return;  // the ring is broken, which the loop's next visit says
        op.cancel_asked = true;
        io_uring_prep_cancel64(sqe, reinterpret_cast<std::uint64_t>(&op), 0);
        io_uring_sqe_set_data64(sqe, nobody);
    }

    void close_detached(int fd) noexcept override {
        io_uring_sqe* sqe = nullptr;
        try {
            bind_to_thread();
            cancel_all_on(fd);
            sqe = next_entry();
        } catch (...) {  // in a thread that may not use this ring, or the ring is broken
            ::close(fd);
            return;
        }
        io_uring_prep_close(sqe, fd);
        io_uring_sqe_set_data64(sqe, nobody);
    }

    bool wants_poll() const noexcept override {
        const io_uring* ring = ring_.get();
        if (io_uring_sq_ready(ring) != 0 || io_uring_cq_ready(ring) != 0) return true;
        // A host would come back again and again for an fd that stays readable.
        if (poll_fd_ && is_readable(poll_fd_.get())) return true;
        return (IO_URING_READ_ONCE(*ring->sq.kflags) & (IORING_SQ_TASKRUN | IORING_SQ_CQ_OVERFLOW)) != 0;
    }

    void poll(std::optional<std::chrono::nanoseconds> wait) override {
        bind_to_thread();
        // Before, not after: what is announced meanwhile must not be missed. What enter() itself announces costs one more poll().
        if (poll_fd_ && drain(poll_fd_.get())) renew_poll_fd();
        const int status = enter(wait);
        if (status < 0 && status != -ETIME && !passes(status)) throw_ring_error("wait", status);
        reap();
    }

    int poll_fd() override {
        bind_to_thread();
        if (!poll_fd_) {
            // The ring's own fd never becomes readable in an epoll set under DEFER_TASKRUN; a registered eventfd does.
            poll_fd_.reset(::eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK));
            if (!poll_fd_) throw std::system_error(errno, std::generic_category(), "gyre: eventfd for poll_fd()");
            register_poll_fd();
            told_fd_.store(poll_fd_.get());
        }
        return poll_fd_.get();
    }

    void wake() noexcept override {
        // A signal handler must leave errno as it was.
        const int error = errno;
        notify(wake_fd_.get());
        // Not left to the ring, which tells a registered eventfd of an eventfd's event late (see renew_poll_fd).
        if (const int host = told_fd_.load(); host >= 0) notify(host);
        errno = error;
    }

private:
    // SINGLE_ISSUER ties the ring to one thread. A loop that is made in one thread and run in another, or run by
    // several in turn, gets a fresh ring at each change; nothing may be in flight then.
    void bind_to_thread() {
        const std::uint64_t self = this_thread_number();
        if (thread_ == self) [[likely]]
            return;
        if (thread_ != 0) {
            if (in_flight_ != 0)
                throw invalid_state_error(
                    "gyre: the event loop has I/O in flight that another thread started; stop and close() it in the thread that ran it");
            ring_.reset();
            if (const int opened = ring_.open(); opened < 0) throw_ring_error("setup in another thread", opened);
        }
        // Not io_uring_enable_rings(): Debian's shared liburing 2.3 declares it and does not export it.
        const int status = io_uring_register(static_cast<unsigned>(ring_.get()->ring_fd), IORING_REGISTER_ENABLE_RINGS, nullptr, 0);
        if (status < 0) throw_ring_error("enable", status);
        if (poll_fd_) register_poll_fd();
        thread_ = self;
        arm_wake_up();
    }

    void register_poll_fd() {
        const int status = io_uring_register_eventfd(ring_.get(), poll_fd_.get());
        if (status < 0) throw_ring_error("register_eventfd", status);
    }

    // Linux puts the signal off when the event comes from an eventfd, and up to 6.18 at least it does so once for each registration:
    // the second such event would be kept from the host.
    void renew_poll_fd() {
        io_uring_unregister_eventfd(ring_.get());
        register_poll_fd();
    }

    static void notify(int eventfd) noexcept {
        const std::uint64_t one = 1;
        // Only a full counter makes it fail, and then the loop wakes anyway.
        [[maybe_unused]] const ssize_t written = ::write(eventfd, &one, sizeof one);
    }

    void arm_wake_up() {
        io_uring_sqe* sqe = next_entry();
        io_uring_prep_poll_multishot(sqe, wake_fd_.get(), POLLIN);
        io_uring_sqe_set_data64(sqe, wake_up);
    }

    // A free entry of the submission queue; submits what is there when it is full.
    // Throws: std::system_error when the kernel takes no more from this ring.
    io_uring_sqe* next_entry() {
        if (io_uring_sqe* const sqe = try_next_entry()) [[likely]]
            return sqe;
        throw_ring_error("submit", submit_error_);
    }
    // The same; null instead.
    io_uring_sqe* try_next_entry() noexcept {
        io_uring_sqe* sqe = io_uring_get_sqe(ring_.get());
        std::optional<sigpipe_guard> guard;
        if (sqe == nullptr && noisy_writes_ != 0) guard.emplace();
        while (sqe == nullptr) {
            const int status = io_uring_submit(ring_.get());
            if (status < 0 && !passes(status)) {
                submit_error_ = status;
                return nullptr;
            }
            if (status < 0) io_uring_get_events(ring_.get());
            sqe = io_uring_get_sqe(ring_.get());
        }
        return sqe;
    }
    // The kernel wants its completions collected first, or a signal came in between; it accepts again.
    static bool passes(int status) noexcept { return status == -EBUSY || status == -EAGAIN || status == -EINTR; }

    void cancel_all_on(int fd) {
        by_fd_.for_each_waiting(fd, [this](operation& op) { cancel(op); });
        if (!by_fd_.has_others(fd)) return;
        io_uring_sqe* sqe = next_entry();
        io_uring_prep_cancel_fd(sqe, fd, IORING_ASYNC_CANCEL_ALL);
        io_uring_sqe_set_data64(sqe, nobody);
    }

    static bool is_write(const operation& op) noexcept { return op.code == opcode::write || op.code == opcode::writev; }

    // A write to a pipe that nobody reads raises SIGPIPE in the thread that enters the ring.
    void prepare_write(io_uring_sqe& sqe) noexcept {
        if (kernel_knows_no_signal())
            sqe.rw_flags = no_signal;
        else
            ++noisy_writes_;
    }

    // The kernel announces work with a flag that it takes back when it does the work. Where the thread that brings the work is held
    // up between the two, the flag comes late and stays with nothing behind it, and wants_poll() would be true for ever. So it is
    // taken back here, before the work that it stands for is done; for what comes later the kernel sets it again. Only by a visit that
    // surely enters the kernel: one that finds a completion and does not would leave the work there unannounced.
    void forget_announcement() noexcept {
        unsigned* const flags = ring_.get()->sq.kflags;
        if ((IO_URING_READ_ONCE(*flags) & IORING_SQ_TASKRUN) != 0) __atomic_fetch_and(flags, ~IORING_SQ_TASKRUN, __ATOMIC_SEQ_CST);
    }

    int enter(std::optional<std::chrono::nanoseconds> wait) noexcept {
        std::optional<sigpipe_guard> guard;
        if (noisy_writes_ != 0) guard.emplace();
        if (wait && wait->count() <= 0) {
            forget_announcement();
            return io_uring_submit_and_get_events(ring_.get());
        }
        io_uring_cqe* first = nullptr;
        if (!wait) return io_uring_submit_and_wait_timeout(ring_.get(), &first, 1, nullptr, nullptr);
        __kernel_timespec limit{};
        limit.tv_sec = wait->count() / 1'000'000'000;
        limit.tv_nsec = wait->count() % 1'000'000'000;
        return io_uring_submit_and_wait_timeout(ring_.get(), &first, 1, &limit, nullptr);
    }

    void reap() {
        // completed() only wakes tasks, and may submit; both leave the completion queue alone.
        io_uring_cqe* cqe = nullptr;
        unsigned head = 0;
        unsigned seen = 0;
        bool wake_up_ended = false;
        io_uring_for_each_cqe(ring_.get(), head, cqe) {
            ++seen;
            const std::uint64_t data = io_uring_cqe_get_data64(cqe);
            if (data == nobody) continue;
            if (data == wake_up) {
                drain(wake_fd_.get());
                wake_up_ended = (cqe->flags & IORING_CQE_F_MORE) == 0;
                continue;
            }
            operation& op = *reinterpret_cast<operation*>(data);
            op.result = cqe->res;
            op.more_ready = (cqe->flags & IORING_CQE_F_SOCK_NONEMPTY) != 0;
            --in_flight_;
            by_fd_.remove(op);
            if (noisy_writes_ != 0 && is_write(op)) --noisy_writes_;
            op.completed();
        }
        io_uring_cq_advance(ring_.get(), seen);
        if (wake_up_ended) arm_wake_up();
    }

    static bool is_readable(int fd) noexcept {
        pollfd one{fd, POLLIN, 0};
        return ::poll(&one, 1, 0) > 0;
    }

    // True when it had been written to.
    static bool drain(int eventfd) noexcept {
        std::uint64_t count = 0;
        return ::read(eventfd, &count, sizeof count) > 0;
    }

    static void fill(io_uring_sqe& sqe, operation& op) noexcept {
        // The kernel moves no more at once, and an entry has 32 bits for it: more would come out as less, 4 GiB as nothing.
        constexpr std::uint64_t most_at_once = 0x7ffff000;
        const unsigned size = static_cast<unsigned>(std::min<std::uint64_t>(op.size, most_at_once));
        const char* path = static_cast<const char*>(op.address);
        switch (op.code) {
            case opcode::nop:
                io_uring_prep_nop(&sqe);
                break;
            case opcode::poll:
                io_uring_prep_poll_add(&sqe, op.fd, op.flags);
                break;
            case opcode::accept:
                io_uring_prep_accept(&sqe, op.fd, nullptr, nullptr, static_cast<int>(op.flags));
                break;
            case opcode::connect:
                io_uring_prep_connect(&sqe, op.fd, static_cast<const sockaddr*>(op.address), static_cast<socklen_t>(op.size));
                break;
            case opcode::recv:
                io_uring_prep_recv(&sqe, op.fd, op.buffer, size, static_cast<int>(op.flags));
                break;
            case opcode::send:
                io_uring_prep_send(&sqe, op.fd, op.address, size, static_cast<int>(op.flags | MSG_NOSIGNAL));
                break;
            case opcode::recvmsg:
                io_uring_prep_recvmsg(&sqe, op.fd, static_cast<msghdr*>(op.buffer), op.flags);
                break;
            case opcode::sendmsg:
                io_uring_prep_sendmsg(&sqe, op.fd, static_cast<const msghdr*>(op.address), op.flags | MSG_NOSIGNAL);
                break;
            case opcode::shutdown:
                io_uring_prep_shutdown(&sqe, op.fd, static_cast<int>(op.flags));
                break;
            case opcode::read:
                io_uring_prep_read(&sqe, op.fd, op.buffer, size, op.offset);
                break;
            case opcode::write:
                io_uring_prep_write(&sqe, op.fd, op.address, size, op.offset);
                break;
            case opcode::readv:
                io_uring_prep_readv(&sqe, op.fd, static_cast<const iovec*>(op.address), size, op.offset);
                break;
            case opcode::writev:
                io_uring_prep_writev(&sqe, op.fd, static_cast<const iovec*>(op.address), size, op.offset);
                break;
            case opcode::open:
                io_uring_prep_openat(&sqe, op.fd, path, static_cast<int>(op.flags | O_CLOEXEC), op.mode);
                break;
            case opcode::close:
                io_uring_prep_close(&sqe, op.fd);
                break;
            case opcode::statx:
                io_uring_prep_statx(&sqe, op.fd, path, static_cast<int>(op.flags), op.mode, static_cast<struct statx*>(op.buffer));
                break;
            case opcode::fsync:
                io_uring_prep_fsync(&sqe, op.fd, op.flags != 0 ? IORING_FSYNC_DATASYNC : 0);
                break;
            case opcode::mkdir:
                io_uring_prep_mkdirat(&sqe, op.fd, path, op.mode);
                break;
            case opcode::unlink:
                io_uring_prep_unlinkat(&sqe, op.fd, path, static_cast<int>(op.flags));
                break;
            case opcode::rename:
                io_uring_prep_renameat(&sqe, op.fd, path, op.other_fd, static_cast<const char*>(op.buffer), op.flags);
                break;
            case opcode::fallocate:
                io_uring_prep_fallocate(&sqe, op.fd, static_cast<int>(op.mode), static_cast<off_t>(op.offset), static_cast<off_t>(op.size));
                break;
        }
    }

    ring_owner ring_;
    unique_fd wake_fd_;
    unique_fd poll_fd_;
    operations_by_fd by_fd_;
    std::atomic<int> told_fd_ = -1;  // poll_fd_, for wake()
    std::uint64_t thread_ = 0;       // the ring's; 0 before there is one
    int submit_error_ = 0;
    std::size_t noisy_writes_ = 0;  // in flight, that may raise SIGPIPE
};

}  // namespace

std::unique_ptr<backend> make_uring_backend(std::string& why) {
    auto made = std::make_unique<uring_backend>();
    const int status = made->open();
    if (status == 0) return made;
    why = std::string("io_uring_setup: ") + std::strerror(-status);
    if (status == -EPERM) why += " (forbidden here, by seccomp or kernel.io_uring_disabled)";
    return nullptr;
}

}  // namespace gyre::detail
