#include <gyre/net/detail/socket_core.hpp>
#include <gyre/runtime/coroutine/errors.hpp>

#include <unistd.h>

#include <utility>

namespace gyre::net::detail {

socket_core::~socket_core() {
    close_now();
    loop_->release();
}

int socket_core::take_fd() noexcept { return std::exchange(fd_, -1); }

void socket_core::close_now() noexcept {
    if (closed()) return;
    const int fd = take_fd();
    if (closing() && loop_->has_io())
        loop_->io().close_detached(fd);
    else
        ::close(fd);
}

void socket_core::start_close(core::operation& op) {
    op.code = core::opcode::close;
    op.fd = take_fd();
    closing();
    core::submit_operation(*loop_, op);
}

void socket_core::throw_other_loop() {
    throw invalid_state_error("gyre: a socket is used by a task of another event loop than the one it was made in; keep it in one loop");
}

core::io_scheduler& current_loop(const char* what) { return static_cast<core::io_scheduler&>(core::require_scheduler(what)); }

bool close_awaiter::begin() {
    if (!socket_ || socket_->closed()) {
        stopped_ = branch_->cancel_is_due();
        return false;
    }
    socket_->require_loop_of(*branch_);
    stopped_ = branch_->cancel_is_due();
    if (stopped_)
        socket_->close_now();
    else
        socket_->start_close(*this);
    return !stopped_;
}

}  // namespace gyre::net::detail
