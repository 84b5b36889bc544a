// The floor: COUNT coroutines that each sleep once, and nothing else. Frames from a bump arena, a 4-ary heap of (deadline, number, frame)
// and one wait in the ring: what any runtime that runs these sleeps cannot do without.
#include <liburing.h>

#include <coroutine>
#include <new>
#include <vector>

#include "../support.hpp"

namespace {

using clock = std::chrono::steady_clock;

class arena {
public:
    static void* allocate(std::size_t size) {
        size = (size + 15) & ~std::size_t{15};
        if (size > left_) {
            left_ = block_size;
            next_ = static_cast<char*>(::operator new(block_size));
        }
        void* p = next_;
        next_ += size;
        left_ -= size;
        return p;
    }

private:
    static constexpr std::size_t block_size = 1 << 20;
    static inline char* next_ = nullptr;
    static inline std::size_t left_ = 0;
};

struct timer {
    clock::time_point when;
    std::uint64_t number;  // first come, first served among equals
    std::coroutine_handle<> sleeper;

    bool operator<(const timer& other) const { return when != other.when ? when < other.when : number < other.number; }
};

class timer_heap {
public:
    bool empty() const { return timers_.empty(); }
    const timer& top() const { return timers_.front(); }

    void push(clock::time_point when, std::coroutine_handle<> sleeper) {
        const timer added{when, next_number_++, sleeper};
        std::size_t hole = timers_.size();
        timers_.push_back(added);
        while (hole > 0) {
            const std::size_t parent = (hole - 1) / 4;
            if (!(added < timers_[parent])) break;
            timers_[hole] = timers_[parent];
            hole = parent;
        }
        timers_[hole] = added;
    }

    void pop() {
        const timer last = timers_.back();
        timers_.pop_back();
        const std::size_t size = timers_.size();
        if (size == 0) return;
        std::size_t hole = 0;
        for (;;) {
            const std::size_t first = 4 * hole + 1;
            if (first >= size) break;
            std::size_t least = first;
            for (std::size_t i = first + 1; i < first + 4 && i < size; ++i) {
                if (timers_[i] < timers_[least]) least = i;
            }
            if (!(timers_[least] < last)) break;
            timers_[hole] = timers_[least];
            hole = least;
        }
        timers_[hole] = last;
    }

private:
    std::vector<timer> timers_;
    std::uint64_t next_number_ = 0;
};

timer_heap timers;
std::size_t running = 0;

struct sleeper {
    struct promise_type {
        sleeper get_return_object() { return {}; }
        std::suspend_never initial_suspend() noexcept { return {}; }
        std::suspend_never final_suspend() noexcept { return {}; }
        void return_void() noexcept { --running; }
        void unhandled_exception() noexcept { std::abort(); }
        static void* operator new(std::size_t size) { return arena::allocate(size); }
        static void operator delete(void*) noexcept {}
    };
};

struct sleep_for {
    clock::duration d;

    bool await_ready() const noexcept { return false; }
    void await_suspend(std::coroutine_handle<> h) const { timers.push(clock::now() + d, h); }
    void await_resume() const noexcept {}
};

sleeper one(clock::duration d) { co_await sleep_for{d}; }

void run(std::size_t count, clock::duration d) {
    io_uring ring{};
    const int error = io_uring_queue_init(8, &ring, IORING_SETUP_SINGLE_ISSUER | IORING_SETUP_DEFER_TASKRUN);
    if (error < 0) peers::die("io_uring_setup: " + std::string(std::strerror(-error)));
    running = count;
    for (std::size_t i = 0; i < count; ++i) one(d);
    while (running > 0) {
        const clock::time_point now = clock::now();
        while (!timers.empty() && timers.top().when <= now) {
            const std::coroutine_handle<> due = timers.top().sleeper;
            timers.pop();
            due.resume();
        }
        if (timers.empty()) continue;
        const auto left = std::chrono::duration_cast<std::chrono::nanoseconds>(timers.top().when - clock::now()).count();
        if (left <= 0) continue;
        __kernel_timespec timeout{};
        timeout.tv_sec = left / 1'000'000'000;
        timeout.tv_nsec = left % 1'000'000'000;
        io_uring_cqe* none = nullptr;
        io_uring_submit_and_wait_timeout(&ring, &none, 1, &timeout, nullptr);
    }
    io_uring_queue_exit(&ring);
}

}  // namespace

int main(int argc, char** argv) {
    return peers::measure_sleeps(argc, argv, [](std::size_t count, std::chrono::seconds d, std::size_t& done) {
        run(count, d);
        done = count - running;
        return std::string("liburing " PEERS_LIBURING_VERSION);
    });
}
