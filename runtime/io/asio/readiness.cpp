#include <poll.h>
#include <sys/timerfd.h>
#include <unistd.h>
#include <gyre/runtime/io/asio/readiness.hpp>

#include <algorithm>
#include <cerrno>
#include <system_error>

namespace gyre::detail {
namespace {

constexpr unsigned broken = POLLERR | POLLHUP;
constexpr unsigned readable = POLLIN | POLLPRI | POLLRDHUP | broken;
constexpr unsigned writable = POLLOUT | broken;

// Some fds say that they are ready and are not: a datagram socket whose one destination is full, a Unix socket that waits for room
// at a listener. After so many attempts in a row they get a rest before they are asked again.
constexpr unsigned attempts_before_rest = 4;
constexpr long rest_nanoseconds = 1'000'000;

// While all fds go on being ready, the loop has its turn in between.
constexpr int rounds = 4;

}  // namespace

unsigned readiness::descriptor::events() noexcept {
    unsigned wanted = (readers.empty() ? 0U : unsigned{POLLIN}) | (writers.empty() ? 0U : unsigned{POLLOUT});
    for (const request& r : pollers) wanted |= events_to_await(*r.op);
    return wanted;
}

bool readiness::descriptor::deceived() noexcept {
    const auto in_vain = [](const request& r) { return r.futile >= attempts_before_rest; };
    return (!readers.empty() && in_vain(readers.front())) || (!writers.empty() && in_vain(writers.front())) ||
           std::any_of(pollers.begin(), pollers.end(), in_vain);
}

request_list& readiness::descriptor::queue_of(const request& r) noexcept {
    if (r.code == opcode::poll) return pollers;
    return events_to_await(*r.op) == POLLOUT ? writers : readers;
}

readiness::readiness(done_list& done, const wake_up& loop) : done_(&done), loop_(&loop) {
    const int status = set_.add_for_good(loop.fd());
    if (status != 0) throw std::system_error(-status, std::generic_category(), "gyre: epoll_ctl for the asio backend");
}

int readiness::wait_for(request& r) {
    descriptor& d = find_or_add(r.fd);
    const unsigned wanted = events_to_await(*r.op);
    // Asked for each time, also when it should be armed already: that is how a number that means another file now is found out.
    int status = d.registered ? set_.arm(r.fd, d.events() | wanted) : -ENOENT;
    if (status == -ENOENT) {
        end_all(d, -EBADF);
        status = set_.add(r.fd, wanted);
        d.registered = status == 0;
    }
    if (status != 0) return status;
    r.at = request::stage::waiting;
    d.queue_of(r).push_back(r);
    ++waiting_;
    return 0;
}

bool readiness::queued_behind_others(const request& r) noexcept {
    if (r.code == opcode::poll) return false;
    descriptor* d = find(r.fd);
    return d != nullptr && !d->queue_of(r).empty();
}

void readiness::cancel(request& r) noexcept { end(r, -ECANCELED); }

void readiness::release(int fd) noexcept {
    descriptor* d = find(fd);
    if (d == nullptr) return;
    end_all(*d, -ECANCELED);
    // The kernel would forget it by itself, unless a duplicate of it lives on somewhere.
    if (d->registered) set_.remove(fd);
    d->registered = false;
}

bool readiness::collect() noexcept {
    bool woken = false;
    for (int round = 0; round < rounds; ++round) {
        for (const epoll_event& event : set_.take()) {
            if (event.data.fd == loop_->fd()) {
                woken = true;
                loop_->reset();
            } else if (event.data.fd == rest_timer_.get()) {
                end_rest();
            } else {
                handle(event.data.fd, event.events);
            }
        }
        if (!set_.full()) break;
    }
    return woken;
}

readiness::descriptor* readiness::find(int fd) noexcept {
    const auto at = static_cast<std::size_t>(fd);
    return fd >= 0 && at < descriptors_.size() ? descriptors_[at].get() : nullptr;
}

readiness::descriptor& readiness::find_or_add(int fd) {
    const auto at = static_cast<std::size_t>(fd);
    if (at >= descriptors_.size()) descriptors_.resize(std::max(at + 1, 2 * descriptors_.size()));
    if (!descriptors_[at]) descriptors_[at] = std::make_unique<descriptor>();
    return *descriptors_[at];
}

void readiness::handle(int fd, unsigned events) noexcept {
    descriptor* d = find(fd);
    if (d == nullptr) return;
    if ((events & readable) != 0) attempt_in_turn(d->readers);
    if ((events & writable) != 0) attempt_in_turn(d->writers);
    attempt_each(d->pollers, events);
    if (d->idle()) return;
    if (d->deceived())
        rest(fd);
    else
        arm_again(fd, *d);
}

void readiness::attempt_in_turn(request_list& queue) noexcept {
    while (!queue.empty()) {
        request& r = queue.front();
        const std::int32_t got = attempt(*r.op, r.state);
        if (got == would_block) {
            ++r.futile;
            return;
        }
        end(r, got);
    }
}

void readiness::attempt_each(request_list& pollers, unsigned events) noexcept {
    for (auto at = pollers.begin(); at != pollers.end();) {
        request& r = *at++;
        const std::int32_t got = attempt(*r.op, r.state);
        if (got != would_block)
            end(r, got);
        else if ((events & (events_to_await(*r.op) | broken)) != 0)
            ++r.futile;
    }
}

void readiness::arm_again(int fd, descriptor& d) noexcept {
    const int status = set_.arm(fd, d.events());
    if (status == 0) return;
    d.registered = false;
    end_all(d, status == -ENOENT ? -EBADF : status);
}

void readiness::rest(int fd) noexcept {
    if (!rest_timer_) {
        rest_timer_.reset(::timerfd_create(CLOCK_MONOTONIC, TFD_CLOEXEC | TFD_NONBLOCK));
        if (!rest_timer_ || set_.add_for_good(rest_timer_.get()) != 0) {
            // No fd to be had: better to ask again and again than never.
            rest_timer_.reset();
            return arm_again(fd, *find(fd));
        }
    }
    if (resting_.empty()) {
        itimerspec when{};
        when.it_value.tv_nsec = rest_nanoseconds;
        ::timerfd_settime(rest_timer_.get(), 0, &when, nullptr);
    }
    resting_.push_back(fd);
}

void readiness::end_rest() noexcept {
    std::uint64_t expirations = 0;
    [[maybe_unused]] const ssize_t got = ::read(rest_timer_.get(), &expirations, sizeof expirations);
    for (const int fd : resting_) {
        descriptor* d = find(fd);
        if (!d->idle()) arm_again(fd, *d);
    }
    resting_.clear();
}

void readiness::end(request& r, std::int32_t result) noexcept {
    // What a MSG_WAITALL has moved before a cancel or a close counts.
    if (result < 0 && r.state.moved != 0) result = static_cast<std::int32_t>(r.state.moved);
    r.unlink();
    --waiting_;
    done_->add(r, result);
}

void readiness::end_all(descriptor& d, std::int32_t result) noexcept {
    for (request_list* queue : {&d.readers, &d.writers, &d.pollers})
        while (!queue->empty()) end(queue->front(), result);
}

}  // namespace gyre::detail
