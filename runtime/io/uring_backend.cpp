#include <gyre/runtime/io/backend.hpp>
#include <gyre/runtime/io/operations_by_fd.hpp>
#include <gyre/runtime/io/uring/fill_entry.hpp>
#include <gyre/runtime/io/uring/host_fd.hpp>
#include <gyre/runtime/io/uring/ring.hpp>
#include <gyre/runtime/io/wake_up.hpp>

#include <poll.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>

namespace gyre::detail {
namespace {

// Completions that no operation waits for: cancels, detached closes.
constexpr std::uint64_t nobody = 0;
constexpr std::uint64_t wake_up_poll = 1;

class uring_backend final : public backend {
public:
    // 0 or a negative errno.
    int open() noexcept { return ring_.open(); }

    std::string_view name() const noexcept override { return "uring"; }

    void submit(operation& op) override {
        bind_to_thread();
        if (op.code == opcode::close) cancel_all_on(op.fd);
        io_uring_sqe& entry = entry_for(op);
        fill_entry(entry, op);
        if (op.poll_first && ring_.can_poll_first()) entry.ioprio |= IORING_RECVSEND_POLL_FIRST;
        if (is_write(op) && !keep_quiet(entry)) ++ring_.noisy_writes;
        io_uring_sqe_set_data(&entry, &op);
        ++in_flight_;
    }

    void cancel(operation& op) noexcept override {
        if (op.cancel_asked) return;
        io_uring_sqe* const entry = ring_.try_next_entry();
        if (entry == nullptr) return;  // the ring is broken, which the loop's next visit says
        op.cancel_asked = true;
        io_uring_prep_cancel64(entry, reinterpret_cast<std::uint64_t>(&op), 0);
        io_uring_sqe_set_data64(entry, nobody);
    }

    void close_detached(int fd) noexcept override {
        try {
            bind_to_thread();
            cancel_all_on(fd);
            io_uring_sqe& entry = ring_.next_entry();
            io_uring_prep_close(&entry, fd);
            io_uring_sqe_set_data64(&entry, nobody);
        } catch (...) {  // in a thread that may not use this ring, or the ring is broken
            ::close(fd);
        }
    }

    // A host would come back again and again for an fd that stays readable.
    bool wants_poll() const noexcept override { return ring_.has_something() || host_.signalled(); }

    void poll(std::optional<std::chrono::nanoseconds> wait) override {
        bind_to_thread();
        host_.reset(ring_);  // what enter() itself announces costs a host one more poll()
        ring_.enter(wait);
        complete();
    }

    int poll_fd() override {
        bind_to_thread();
        return host_.get(ring_);
    }

    void wake() noexcept override {
        wake_up_.signal();
        // Not left to the ring, which tells a registered eventfd of an eventfd's event late (see host_fd).
        host_.signal();
    }

private:
    void bind_to_thread() {
        if (!ring_.bind_to_thread(in_flight_ != 0)) [[likely]]
            return;
        host_.attach(ring_);
        watch_wake_up();
    }

    io_uring_sqe& entry_for(operation& op) {
        by_fd_.add(op);  // first, as an entry cannot be given back
        try {
            return ring_.next_entry();
        } catch (...) {
            by_fd_.remove(op);
            throw;
        }
    }

    void watch_wake_up() {
        io_uring_sqe& entry = ring_.next_entry();
        io_uring_prep_poll_multishot(&entry, wake_up_.fd(), POLLIN);
        io_uring_sqe_set_data64(&entry, wake_up_poll);
    }

    void cancel_all_on(int fd) {
        by_fd_.for_each_waiting(fd, [this](operation& op) { cancel(op); });
        if (!by_fd_.has_others(fd)) return;
        io_uring_sqe& entry = ring_.next_entry();
        io_uring_prep_cancel_fd(&entry, fd, IORING_ASYNC_CANCEL_ALL);
        io_uring_sqe_set_data64(&entry, nobody);
    }

    void complete() {
        bool wake_up_unwatched = false;
        ring_.for_each_completion([&](const io_uring_cqe& cqe) {
            const std::uint64_t data = io_uring_cqe_get_data64(&cqe);
            if (data == nobody) return;
            if (data == wake_up_poll) {
                wake_up_.reset();
                wake_up_unwatched = (cqe.flags & IORING_CQE_F_MORE) == 0;
                return;
            }
            complete(*reinterpret_cast<operation*>(data), cqe);
        });
        if (wake_up_unwatched) watch_wake_up();
    }
    // completed() only wakes tasks, and may submit.
    void complete(operation& op, const io_uring_cqe& cqe) noexcept {
        op.result = cqe.res;
        op.more_ready = (cqe.flags & IORING_CQE_F_SOCK_NONEMPTY) != 0;
        --in_flight_;
        by_fd_.remove(op);
        if (ring_.noisy_writes != 0 && is_write(op)) --ring_.noisy_writes;
        op.completed();
    }

    wake_up wake_up_;
    host_fd host_;
    ring ring_;
    operations_by_fd by_fd_;
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
