#include <unistd.h>
#include <gyre/runtime/io/asio/request.hpp>

#include <cerrno>

namespace gyre::detail {

void request::begin(operation* for_whom, opcode what, int on) noexcept {
    op = for_whom;
    code = what;
    at = stage::submitted;
    fd = on;
    state = attempt_state();
    futile = 0;
}

void request::run_in_thread() noexcept {
    job_state expected = job_state::queued;
    if (job.compare_exchange_strong(expected, job_state::running, std::memory_order_acq_rel)) {
        if (code != opcode::close)
            result = perform(*op);
        else  // EINTR: Linux has closed it all the same.
            result = ::close(fd) == 0 || errno == EINTR ? 0 : -errno;
    }
    hand_back->push(*this);
}

bool request::call_off() noexcept {
    job_state expected = job_state::queued;
    return job.compare_exchange_strong(expected, job_state::called_off, std::memory_order_acq_rel);
}

request& request_store::take() {
    if (free_ == nullptr) return all_.emplace_back();
    request& r = *free_;
    free_ = r.next;
    return r;
}

void request_store::give_back(request& r) noexcept {
    r.next = free_;
    free_ = &r;
}

void finished_jobs::push(request& r) noexcept {
    request* newest = newest_.load(std::memory_order_relaxed);
    do r.next = newest;
    while (!newest_.compare_exchange_weak(newest, &r, std::memory_order_release, std::memory_order_relaxed));
    // Whoever found the stack empty wakes the loop; it takes all that came until then.
    if (newest == nullptr) loop_->signal();
}

request* finished_jobs::take() noexcept {
    request* newest = newest_.exchange(nullptr, std::memory_order_acquire);
    request* oldest = nullptr;
    while (newest != nullptr) {
        request* older = newest->next;
        newest->next = oldest;
        oldest = newest;
        newest = older;
    }
    return oldest;
}

}  // namespace gyre::detail
