#pragma once
#include <gyre/runtime/coroutine/chrono.hpp>
#include <gyre/runtime/io/asio/handler_memory.hpp>

#include <memory>
#include <optional>

namespace gyre::detail {

// Something that may block, for a thread of the pool.
class thread_job {
public:
    virtual void run_in_thread() noexcept = 0;

protected:
    thread_job() = default;
    ~thread_job() = default;

private:
    friend class asio_engine;
    handler_memory memory_;
};

// All that touches Asio: an io_context that waits, and a thread pool. engine.cpp alone includes its headers, so that neither gyre's
// users nor the rest of gyre compile them.
class asio_engine {
public:
    using time_point = std::chrono::steady_clock::time_point;

    // Will wait for `readiness_fd`, which stays the caller's and outlives this object.
    // Throws: std::system_error when the process has no fds left.
    explicit asio_engine(int readiness_fd);
    asio_engine(const asio_engine&) = delete;
    asio_engine& operator=(const asio_engine&) = delete;
    ~asio_engine();

    // Returns when the fd is readable, at the deadline, or earlier for no reason.
    void wait(std::optional<time_point> deadline);

    // Runs the job in a thread of the pool, which starts with the first one. The job lives until it has run.
    // Throws: std::system_error when no thread can be started.
    void run_in_thread(thread_job& job);
    // Waits until every job has run. None may be added any more.
    void finish_jobs() noexcept;

private:
    struct parts;
    std::unique_ptr<parts> parts_;
};

}  // namespace gyre::detail
