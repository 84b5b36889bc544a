#include <gyre/runtime/loop/loop_state.hpp>
#include <gyre/runtime/system/thread_waiter.hpp>

namespace gyre::detail {

void thread_waiter::prepare() noexcept {
    state_ = state::waiting;
    if (task_ != nullptr) loop_of(*task_).expect_post();
}

bool thread_waiter::withdraw() noexcept {
    if (!waits()) return false;
    state_ = state::idle;
    unlink();
    loop_of(*task_).forget_expected_post();
    return true;
}

void thread_waiter::block(std::unique_lock<std::mutex>& lock) {
    std::condition_variable ended;
    thread_ = &ended;
    ended.wait(lock, [this] { return !waits(); });
}

void woken_waiters::refuse_all(intrusive_list<thread_waiter>& line) noexcept {
    while (!line.empty()) end(line.front(), thread_waiter::state::refused);
}

void woken_waiters::end(thread_waiter& w, thread_waiter::state how) noexcept {
    w.unlink();
    w.state_ = how;
    if (w.task_ != nullptr)
        tasks_.push_back(w);
    else
        w.thread_->notify_one();  // with the lock held: the waiter, which owns it, cannot go before
}

woken_waiters::~woken_waiters() {
    while (!tasks_.empty()) {
        branch& task = *tasks_.pop_front().task_;
        loop_of(task).post_expected(task);
    }
}

}  // namespace gyre::detail
