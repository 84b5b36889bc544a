#pragma once
#include <gyre/runtime/coroutine/chrono.hpp>
#include <gyre/runtime/io/operation.hpp>

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

namespace gyre::detail {

// Carries out operations. One loop's, used from the loop's thread only, except wake().
class backend {
public:
    virtual ~backend() = default;

    virtual std::string_view name() const noexcept = 0;

    // Takes the operation; it starts at the latest at the next poll(). Never completes it inside this call.
    virtual void submit(operation& op) = 0;
    // Asks that it end soon. Its completed() is called as ever, with a success that came first or with -ECANCELED.
    virtual void cancel(operation& op) noexcept = 0;
    // Cancels what is in flight on the fd and closes it, with nobody waiting for the result.
    virtual void close_detached(int fd) noexcept = 0;

    // True when a poll(0) has something to do: operations to submit, or completions to collect.
    virtual bool wants_poll() const noexcept = 0;
    // Submits, waits at most that long (nullopt: until something happens), and completes what is done.
    virtual void poll(std::optional<std::chrono::nanoseconds> wait) = 0;
    // Operations that were submitted and are not completed.
    std::size_t in_flight() const noexcept { return in_flight_; }

    // An fd that becomes readable when poll(0) would complete something; made on first use.
    virtual int poll_fd() = 0;
    // Ends a poll() that waits, now or the next one. From any thread, and from a signal handler.
    virtual void wake() noexcept = 0;

protected:
    std::size_t in_flight_ = 0;
};

// Null when io_uring cannot be had; `why` then says so.
std::unique_ptr<backend> make_uring_backend(std::string& why);
std::unique_ptr<backend> make_asio_backend();
// By name: "uring", "asio", or "" for GYRE_BACKEND, else uring, else asio with one line to stderr.
// Throws std::runtime_error when a backend asked for by name cannot be had, std::invalid_argument for an unknown name.
std::unique_ptr<backend> make_backend(const std::string& name);

}  // namespace gyre::detail
