#include <gyre/runtime/coroutine/errors.hpp>
#include <gyre/runtime/io/signals_blocked.hpp>
#include <gyre/runtime/system/thread_name.hpp>
#include <gyre/runtime/system/worker_pool.hpp>

#include <chrono>
#include <system_error>

namespace gyre::detail {
namespace {
constexpr std::chrono::seconds longest_idleness(30);
}

void worker_pool::submit(pool_job& job) {
    const std::lock_guard lock(mutex_);
    if (shut_) throw invalid_state_error("gyre: this thread_pool is destroyed; keep it alive while tasks use it");
    queue_.push_back(job);
    ++queued_;
    if (queued_ <= idle_ || running_ == limit_) {
        changed_.notify_one();
        return;
    }
    try {
        start_thread();
    } catch (...) {
        // Those there are will come to it, in time.
        if (running_ != 0) return;
        job.unlink();
        --queued_;
        throw;
    }
}

bool worker_pool::withdraw(pool_job& job) noexcept {
    const std::lock_guard lock(mutex_);
    if (!job.linked()) return false;
    job.unlink();
    --queued_;
    return true;
}

void worker_pool::shut_down() noexcept {
    std::vector<std::thread> threads;
    {
        const std::lock_guard lock(mutex_);
        shut_ = true;
        while (!queue_.empty()) queue_.pop_front().refuse();
        queued_ = 0;
        threads.swap(to_join_);
    }
    changed_.notify_all();
    for (std::thread& thread : threads) {
        // A job may have held the last handle of its own pool.
        if (thread.get_id() == std::this_thread::get_id())
            thread.detach();
        else
            thread.join();
    }
}

void worker_pool::start_thread() {
    const signals_blocked block;
    if (idle_rule_ == idle_rule::stay) to_join_.reserve(limit_);
    std::thread thread([self = shared_from_this(), number = started_] {
        name_this_thread(self->name_, number);
        self->work();
    });
    ++started_;
    ++running_;
    if (idle_rule_ == idle_rule::stay)
        to_join_.push_back(std::move(thread));
    else
        thread.detach();
}

bool worker_pool::wait_for_work(std::unique_lock<std::mutex>& lock) {
    const auto something_new = [this] { return !queue_.empty() || shut_; };
    ++idle_;
    if (idle_rule_ == idle_rule::stay)
        changed_.wait(lock, something_new);
    else
        changed_.wait_for(lock, longest_idleness, something_new);
    --idle_;
    return !queue_.empty();
}

void worker_pool::work() noexcept {
    std::unique_lock lock(mutex_);
    while (wait_for_work(lock)) {
        pool_job& job = queue_.pop_front();
        --queued_;
        lock.unlock();
        job.perform();
        lock.lock();
    }
    --running_;
}

}  // namespace gyre::detail
