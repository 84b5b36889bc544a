#pragma once
#include <gyre/net/detail/socket_core.hpp>
#include <gyre/net/detail/transport.hpp>
#include <gyre/runtime/coroutine/intrusive_list.hpp>
#include <gyre/runtime/coroutine/startable.hpp>
#include <gyre/runtime/io/unique_fd.hpp>
#include <gyre/runtime/loop/loop_state.hpp>

#include <sys/types.h>

#include <chrono>
#include <functional>
#include <string>
#include <string_view>
#include <utility>

namespace gyre::net::detail {

class accept_operation;

// A listening socket, non-blocking: accepting is a system call of its own once the socket is readable. So every connection
// that waits is taken in one turn of the loop, and a cancel has nothing to lose: it never meets a connection half way.
class listener_core final : public socket_core {
public:
    // Takes the fd over. `unlink_path`: the file to remove at the end, when it is still ours; or empty.
    listener_core(core::io_scheduler& loop, int fd, address local, std::string unlink_path);

    const address& local() const noexcept { return local_; }

    // The next connection that waits, else why not: an errno, EAGAIN when there is none. Gives the peer's address with it.
    int accept_one(core::unique_fd& accepted, address& remote) noexcept;

    void on_shortage(std::function<bool()> fn) { make_room_ = std::move(fn); }
    // How long to wait after the system ran out of something; says so once, until a connection is accepted again. Not when room is made.
    std::chrono::nanoseconds back_off(int why) noexcept;

private:
    friend class accept_operation;
    ~listener_core() override { remove_path(); }
    bool closing() noexcept override;
    void remove_path() noexcept;

    address local_;
    std::string unlink_path_;
    dev_t path_device_ = 0;
    ino_t path_inode_ = 0;
    std::chrono::nanoseconds delay_{};
    std::function<bool()> make_room_;
    core::intrusive_list<accept_operation> waiting_;
};

// Awaits a connection.
class accept_operation : public core::operation, public core::startable<accept_operation>, public core::timer, public core::list_hook<> {
public:
    void completed() noexcept override;
    void fired() noexcept override;
    void cancel() noexcept override;
    std::string_view what() const noexcept override { return "accept"; }

protected:
    explicit accept_operation(core_ref<listener_core> listener) noexcept;
    // Before it starts.
    accept_operation(accept_operation&& other) noexcept : accept_operation(std::move(other.listener_)) {}
    ~accept_operation() = default;

    // The connection; empty when the listener was closed. Throws what kept it from being accepted.
    core_ref<transport> take();
    [[noreturn]] void throw_closed() const;

private:
    friend class listener_core;
    friend class core::startable<accept_operation>;
    void stopped_before_start() noexcept { result = -ECANCELED; }
    bool begin();
    // True when the wait is over, with `result` set; else it goes on waiting. Throws when it cannot.
    bool try_accept();
    void go_on() noexcept;
    void end(int how) noexcept;
    core::loop_state& loop() const noexcept { return static_cast<core::loop_state&>(listener_->loop()); }

    core_ref<listener_core> listener_;
    core::unique_fd accepted_;
    net::address remote_;
};

}  // namespace gyre::net::detail
