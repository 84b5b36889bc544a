#pragma once
#include <gyre/runtime/coroutine/intrusive_list.hpp>
#include <gyre/runtime/io/asio/attempt.hpp>
#include <gyre/runtime/io/asio/engine.hpp>
#include <gyre/runtime/io/wake_up.hpp>

#include <atomic>
#include <deque>

namespace gyre::detail {

class finished_jobs;

// An operation on its way through the backend. Stands in one list at a time: submitted, waiting on an fd, in a thread, closing, done.
class request final : public list_hook<>, public thread_job {
public:
    enum class stage : std::uint8_t { submitted, waiting, in_thread, closing, done };
    enum class job_state : std::uint8_t { queued, running, called_off };

    void begin(operation* for_whom, opcode what, int on) noexcept;

    // In a thread. Hands the request back in any case, and does not touch it after that.
    void run_in_thread() noexcept override;
    // True when the thread will not begin it any more.
    bool call_off() noexcept;

    operation* op = nullptr;  // null: a close that nobody waits for, or completed already
    opcode code = opcode::nop;
    stage at = stage::submitted;
    std::int32_t fd = -1;
    std::int32_t result = 0;
    attempt_state state;
    unsigned futile = 0;  // attempts in a row that found nothing, though told that there was something

    bool held_by_thread = false;  // in the eyes of the loop
    std::atomic<job_state> job = job_state::queued;
    finished_jobs* hand_back = nullptr;
    request* next = nullptr;  // of the finished jobs, of the free requests
};

using request_list = intrusive_list<request>;

// Requests to use again: a steady state allocates nothing.
class request_store {
public:
    request& take();
    void give_back(request& r) noexcept;

private:
    std::deque<request> all_;
    request* free_ = nullptr;
};

// Requests whose result is known, until poll() tells.
class done_list {
public:
    void add(request& r, std::int32_t result) noexcept {
        r.at = request::stage::done;
        r.result = result;
        list_.push_back(r);
    }
    bool empty() const noexcept { return list_.empty(); }
    request& take() noexcept { return list_.pop_front(); }

private:
    request_list list_;
};

// The way back from the threads: a lock-free stack, taken whole.
class finished_jobs {
public:
    explicit finished_jobs(const wake_up& loop) noexcept : loop_(&loop) {}
    // From a thread.
    void push(request& r) noexcept;
    bool empty() const noexcept { return newest_.load(std::memory_order_relaxed) == nullptr; }
    // The oldest; `next` leads to the others.
    request* take() noexcept;

private:
    const wake_up* loop_;
    std::atomic<request*> newest_ = nullptr;
};

}  // namespace gyre::detail
