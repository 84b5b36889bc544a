#include <gyre/runtime/io/asio/engine.hpp>
#include <gyre/runtime/io/signals_blocked.hpp>

// gyre's copy of Asio gets a namespace of its own: a program that links gyre and uses another version of Asio, or the same one with
// other switches, would otherwise have two definitions of every function, and the linker would pick either for both.
#ifndef ASIO_STANDALONE
#define ASIO_STANDALONE
#endif
#define asio gyre_asio
#define asio_detail_posix_thread_function gyre_asio_detail_posix_thread_function
#include <asio/basic_waitable_timer.hpp>
#include <asio/executor_work_guard.hpp>
#include <asio/io_context.hpp>
#include <asio/posix/basic_stream_descriptor.hpp>
#include <asio/post.hpp>
#include <asio/thread_pool.hpp>

namespace gyre::detail {
namespace {

using executor = asio::io_context::executor_type;
using descriptor = asio::posix::basic_stream_descriptor<executor>;
using deadline_timer = asio::basic_waitable_timer<std::chrono::steady_clock, asio::wait_traits<std::chrono::steady_clock>, executor>;

// Enough to keep a disk busy while one of them hangs in a slow call.
constexpr std::size_t threads = 4;

// Clears a flag when what was waited for has come.
class arrival {
public:
    using allocator_type = handler_allocator<std::byte>;

    arrival(bool& waiting, handler_memory& memory) noexcept : waiting_(&waiting), memory_(&memory) {}
    void operator()(const asio::error_code& error) const noexcept {
        // A timer that was set anew: its new wait goes on.
        if (error != asio::error::operation_aborted) *waiting_ = false;
    }
    allocator_type get_allocator() const noexcept { return allocator_type(*memory_); }

private:
    bool* waiting_;
    handler_memory* memory_;
};

class job_runner {
public:
    using allocator_type = handler_allocator<std::byte>;

    job_runner(thread_job& job, handler_memory& memory) noexcept : job_(&job), memory_(&memory) {}
    void operator()() const noexcept { job_->run_in_thread(); }
    allocator_type get_allocator() const noexcept { return allocator_type(*memory_); }

private:
    thread_job* job_;
    handler_memory* memory_;
};

}  // namespace

struct asio_engine::parts {
    explicit parts(int fd) : readiness(context, fd) {}
    // The fd is not Asio's to close.
    ~parts() { readiness.release(); }

    // These outlive the context, which may still hold the handlers.
    handler_memory readiness_memory;
    handler_memory deadline_memory;
    // One thread at a time runs it, and nobody posts to it: no locks are needed.
    asio::io_context context{ASIO_CONCURRENCY_HINT_UNSAFE};
    asio::executor_work_guard<executor> stays_open{context.get_executor()};
    descriptor readiness;
    bool awaits_readiness = false;
    deadline_timer deadline{context};
    bool awaits_deadline = false;
    std::unique_ptr<asio::thread_pool> pool;
};

asio_engine::asio_engine(int readiness_fd) : parts_(std::make_unique<parts>(readiness_fd)) {}
asio_engine::~asio_engine() = default;

void asio_engine::wait(std::optional<time_point> deadline) {
    parts& p = *parts_;
    if (!p.awaits_readiness) {
        p.readiness.async_wait(descriptor::wait_read, arrival(p.awaits_readiness, p.readiness_memory));
        p.awaits_readiness = true;
    }
    // A timer that is set to an earlier time may stay: waking for no reason is cheaper than a system call each time.
    if (deadline && (!p.awaits_deadline || *deadline < p.deadline.expiry())) {
        p.deadline.expires_at(*deadline);
        p.deadline.async_wait(arrival(p.awaits_deadline, p.deadline_memory));
        p.awaits_deadline = true;
    }
    p.context.run_one();
}

void asio_engine::run_in_thread(thread_job& job) {
    if (!parts_->pool) {
        const signals_blocked block;
        parts_->pool = std::make_unique<asio::thread_pool>(threads);
    }
    asio::post(*parts_->pool, job_runner(job, job.memory_));
}

void asio_engine::finish_jobs() noexcept {
    if (parts_->pool) parts_->pool->join();
}

}  // namespace gyre::detail
