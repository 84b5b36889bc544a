#include <gyre/net/detail/listener_core.hpp>
#include <gyre/net/detail/socket.hpp>
#include <gyre/net/error.hpp>

#include <poll.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <exception>
#include <utility>

namespace gyre::net::detail {
namespace {

constexpr std::chrono::milliseconds first_delay(5);
constexpr std::chrono::seconds longest_delay(1);
// Connections that broke while they waited are skipped, so many at a time.
constexpr int most_skipped = 64;

bool out_of_resources(int code) noexcept { return code == EMFILE || code == ENFILE || code == ENOBUFS || code == ENOMEM; }

// What ails that connection and not the listener; see accept(2), "Error handling".
bool broken_connection(int code) noexcept {
    switch (code) {
        case EINTR:
        case ECONNABORTED:
        case EPROTO:
        case EPERM:
        case ENETDOWN:
        case ENETUNREACH:
        case EHOSTDOWN:
        case EHOSTUNREACH:
        case ENONET:
        case ENOPROTOOPT:
        case ETIMEDOUT:
            return true;
        default:
            return false;
    }
}

}  // namespace

listener_core::listener_core(core::io_scheduler& loop, int fd, address local, std::string unlink_path)
    : socket_core(loop, fd), local_(local), unlink_path_(std::move(unlink_path)) {
    struct stat made{};
    if (unlink_path_.empty() || ::lstat(unlink_path_.c_str(), &made) != 0) return;
    path_device_ = made.st_dev;
    path_inode_ = made.st_ino;
}

void listener_core::remove_path() noexcept {
    struct stat now{};
    // Another server may have taken the path over.
    if (!unlink_path_.empty() && ::lstat(unlink_path_.c_str(), &now) == 0 && now.st_dev == path_device_ && now.st_ino == path_inode_)
        ::unlink(unlink_path_.c_str());
    unlink_path_.clear();
}

bool listener_core::closing() noexcept {
    remove_path();
    // Those that wait for a timer have nothing in flight that the close would end; the others are ended by it.
    for (auto at = waiting_.begin(); at != waiting_.end();) {
        accept_operation& waiter = *at++;
        if (!waiter.armed()) continue;
        waiter.loop().disarm(waiter);
        waiter.end(-EBADF);
    }
    return !waiting_.empty();
}

int listener_core::accept_one(core::unique_fd& accepted, address& remote) noexcept {
    for (int skipped = 0; skipped < most_skipped; ++skipped) {
        sockaddr_storage peer{};
        socklen_t size = sizeof peer;
        accepted.reset(::accept4(fd(), reinterpret_cast<sockaddr*>(&peer), &size, SOCK_CLOEXEC));
        if (accepted) {
            delay_ = {};
            remote = address(reinterpret_cast<const sockaddr*>(&peer), size);
            return 0;
        }
        if (!broken_connection(errno)) return errno;
    }
    return EAGAIN;
}

std::chrono::nanoseconds listener_core::back_off(int why) noexcept {
    if (make_room_ && make_room_()) return first_delay;
    if (delay_ == std::chrono::nanoseconds::zero()) {
        delay_ = first_delay;
        loop().report("accepting on " + local_.to_string() + " waits: " + std::strerror(why) +
                          "; keep fewer connections, or raise the limit (ulimit -n)",
                      nullptr, nullptr);
    } else {
        delay_ = std::min<std::chrono::nanoseconds>(2 * delay_, longest_delay);
    }
    return delay_;
}

accept_operation::accept_operation(core_ref<listener_core> listener) noexcept : listener_(std::move(listener)) {
    code = core::opcode::poll;
    flags = POLLIN;
}

bool accept_operation::begin() {
    result = -EBADF;
    if (!listener_ || listener_->closed()) return false;
    listener_->require_loop_of(*branch_);
    if (try_accept()) return false;
    listener_->waiting_.push_back(*this);
    return true;
}

bool accept_operation::try_accept() {
    const int status = listener_->accept_one(accepted_, remote_);
    if (out_of_resources(status)) {
        loop().arm(*this, loop().deadline_after(listener_->back_off(status)));
        return false;
    }
    if (status == EAGAIN) {
        fd = listener_->fd();
        cancel_asked = false;
        core::submit_operation(loop(), *this);
        return false;
    }
    result = -status;
    return true;
}

void accept_operation::completed() noexcept {
    if (listener_->closed()) return end(-EBADF);
    // Stopped before anything was accepted: whoever waits is still in the kernel's queue, for the next accept.
    if (branch_->cancel_is_due()) return end(-ECANCELED);
    go_on();
}

void accept_operation::fired() noexcept { go_on(); }

void accept_operation::go_on() noexcept {
    try {
        if (try_accept()) end(result);
    } catch (const std::exception&) {
        end(-ENOMEM);
    }
}

void accept_operation::cancel() noexcept {
    if (!armed()) return core::cancel_operation(loop(), *this);
    loop().disarm(*this);
    end(-ECANCELED);
}

void accept_operation::end(int how) noexcept {
    result = how;
    unlink();
    branch_->wake();
}

core_ref<transport> accept_operation::take() {
    if (result == -ECANCELED) branch_->throw_cancelled();
    if (result == -EBADF) return {};
    if (result < 0) throw_system_error(-result, "accepting on " + listener_->local().to_string());
    core_ref<transport> made(new transport(listener_->loop(), accepted_.get(), remote_));
    accepted_.release();
    return made;
}

void accept_operation::throw_closed() const {
    if (!listener_) throw error(errc::closed, "gyre: accepting on a listener that was moved from; listen() gives one");
    throw error(errc::closed, "gyre: accepting on " + listener_->local().to_string() + ": the listener was closed, by this side");
}

}  // namespace gyre::net::detail
