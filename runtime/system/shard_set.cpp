#include <gyre/runtime/io/signals_blocked.hpp>
#include <gyre/runtime/loop/loop_state.hpp>
#include <gyre/runtime/system/shard_set.hpp>
#include <gyre/runtime/system/thread_name.hpp>

#include <pthread.h>
#include <sched.h>

#include <algorithm>
#include <cerrno>
#include <exception>
#include <new>
#include <stdexcept>
#include <string>

namespace gyre::detail {
namespace {

constexpr int anywhere = -1;

constinit thread_local const shard_set* this_set = nullptr;
constinit thread_local std::size_t this_shard = shard_set::none;

// A set of the first so many cores; cpu_set_t alone has room for 1024.
class core_set {
public:
    explicit core_set(int cores) : cores_(cores), set_(CPU_ALLOC(cores)) {
        if (set_ == nullptr) throw std::bad_alloc();
        CPU_ZERO_S(size(), set_);
    }
    core_set(const core_set&) = delete;
    ~core_set() { CPU_FREE(set_); }

    cpu_set_t* get() const noexcept { return set_; }
    std::size_t size() const noexcept { return CPU_ALLOC_SIZE(cores_); }
    int cores() const noexcept { return cores_; }
    bool has(int core) const noexcept { return CPU_ISSET_S(static_cast<std::size_t>(core), size(), set_) != 0; }
    void add(int core) noexcept { CPU_SET_S(static_cast<std::size_t>(core), size(), set_); }

private:
    int cores_;
    cpu_set_t* set_;
};

// The cores that this process may use.
std::vector<int> usable_cores() {
    constexpr int most = 1 << 20;
    std::vector<int> cores;
    // The kernel refuses a set that is smaller than its own.
    for (int tried = CPU_SETSIZE; tried <= most; tried *= 2) {
        const core_set set(tried);
        if (::sched_getaffinity(0, set.size(), set.get()) != 0) {
            if (errno == EINVAL) continue;
            break;
        }
        for (int core = 0; core < set.cores(); ++core)
            if (set.has(core)) cores.push_back(core);
        break;
    }
    return cores;
}

// Where it is not allowed, the scheduler decides.
void pin_this_thread(int core) {
    core_set set(std::max(core + 1, CPU_SETSIZE));
    set.add(core);
    ::pthread_setaffinity_np(::pthread_self(), set.size(), set.get());
}

// What the loop itself failed with: its backend. The tasks' errors go their own ways.
template <class Step>
void report_failure(event_loop& loop, std::size_t shard, Step step) noexcept {
    try {
        step();
    } catch (...) {
        loop.state().report("the event loop of shard " + std::to_string(shard) + " failed", std::current_exception(), nullptr);
    }
}

}  // namespace

shard_set::shard_set(std::size_t count, const loop_options& options) {
    const std::vector<int> cores = usable_cores();
    if (count == 0) count = std::max<std::size_t>(1, cores.size());
    for (std::size_t i = 0; i < count; ++i) loops_.emplace_back(options);
    threads_.reserve(count);
    const signals_blocked block;
    try {
        for (std::size_t i = 0; i < count; ++i) {
            const int core = count <= cores.size() ? cores[i] : anywhere;
            threads_.emplace_back([this, i, core] { run(i, core); });
        }
    } catch (...) {
        stop();
        throw;
    }
}

void shard_set::run(std::size_t shard, int core) noexcept {
    this_set = this;
    this_shard = shard;
    name_this_thread("gyre-shard", shard);
    if (core != anywhere) pin_this_thread(core);
    event_loop& loop = loops_[shard];
    report_failure(loop, shard, [&] { loop.run_forever(); });
    report_failure(loop, shard, [&] { loop.close(); });
}

void shard_set::stop() noexcept {
    open_.store(false, std::memory_order_relaxed);
    for (std::size_t i = 0; i < threads_.size(); ++i)
        if (!loops_[i].closed())
            report_failure(loops_[i], i, [&] { loops_[i].call_soon_threadsafe([&loop = loops_[i]] { loop.stop(); }); });
    for (std::thread& thread : threads_) thread.join();
    threads_.clear();
}

event_loop& shard_set::loop(std::size_t shard) {
    if (shard < loops_.size()) return loops_[shard];
    throw std::out_of_range("gyre: there is no shard " + std::to_string(shard) + " among " + std::to_string(loops_.size()) +
                            "; they are numbered from 0");
}

const shard_set* shard_set::current_set() noexcept { return this_set; }
std::size_t shard_set::current_shard() noexcept { return this_shard; }

}  // namespace gyre::detail
