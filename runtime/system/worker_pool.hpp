#pragma once
#include <gyre/runtime/coroutine/intrusive_list.hpp>
#include <gyre/runtime/system/pool_job.hpp>

#include <condition_variable>
#include <cstddef>
#include <memory>
#include <mutex>
#include <string>
#include <thread>
#include <vector>

namespace gyre::detail {

// Threads that carry out jobs in the order they came. A thread is made when a job finds none idle, up to a limit. Jobs, threads
// and handles share it.
class worker_pool : public std::enable_shared_from_this<worker_pool> {
public:
    // What becomes of a thread that has had nothing to do for a while.
    enum class idle_rule { stay, end_unjoined };

    // Threads are named "<name>-<n>", of which the system keeps 15 letters.
    worker_pool(std::string name, std::size_t limit, idle_rule idle) : name_(std::move(name)), limit_(limit), idle_rule_(idle) {}

    // Throws: std::system_error when there is no thread and none can be had, invalid_state_error after shut_down().
    void submit(pool_job& job);
    // Takes back a job that no thread has taken; false when one has.
    bool withdraw(pool_job& job) noexcept;
    // Refuses the jobs that no thread has taken, and waits for the others.
    void shut_down() noexcept;
    std::size_t limit() const noexcept { return limit_; }

private:
    void start_thread();
    void work() noexcept;
    bool wait_for_work(std::unique_lock<std::mutex>& lock);

    const std::string name_;
    const std::size_t limit_;
    const idle_rule idle_rule_;

    std::mutex mutex_;
    std::condition_variable changed_;
    intrusive_list<pool_job> queue_;
    std::size_t queued_ = 0;
    std::size_t idle_ = 0;
    std::size_t running_ = 0;  // threads
    std::size_t started_ = 0;  // threads ever
    bool shut_ = false;
    std::vector<std::thread> to_join_;
};

}  // namespace gyre::detail
