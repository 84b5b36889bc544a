#pragma once
#include <gyre/runtime/io/uring/ring.hpp>
#include <gyre/runtime/io/wake_up.hpp>

#include <atomic>
#include <optional>

namespace gyre::detail {

// What a host that embeds the loop watches. Not the ring's own fd, which never becomes readable in an epoll set under DEFER_TASKRUN: an
// eventfd that is registered with the ring does.
class host_fd {
public:
    // Made on first use. Throws: std::system_error.
    int get(ring& r) {
        if (!made_) {
            made_.emplace();
            attach(r);
            told_.store(&*made_);
        }
        return made_->fd();
    }
    // To a ring that is new.
    void attach(ring& r) {
        if (made_) r.register_eventfd(made_->fd());
    }

    // Before the ring is looked at, not after: what comes meanwhile must not be missed.
    void reset(ring& r) {
        if (!made_ || !made_->reset()) return;
        // Linux puts the signal off when the event comes from an eventfd, and up to 6.18 at least it does so once for each registration:
        // the second such event would be kept from the host.
        r.unregister_eventfd();
        attach(r);
    }
    bool signalled() const noexcept { return made_ && made_->signalled(); }
    // From any thread, and from a signal handler.
    void signal() const noexcept {
        if (const wake_up* const told = told_.load()) told->signal();
    }

private:
    std::optional<wake_up> made_;
    std::atomic<const wake_up*> told_ = nullptr;
};

}  // namespace gyre::detail
