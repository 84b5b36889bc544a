// asyncio: to_thread(), and run_in_executor() with a pool of one's own.
//
// What computes for long would hold up every other task of the loop. In a thread it does not; and without a global lock two of them
// take two cores.
#include <gyre/runtime/runtime.hpp>
#include <gyre/runtime/system/thread_pool.hpp>
#include <gyre/runtime/system/to_thread.hpp>

#include <chrono>
#include <cstdint>
#include <cstdio>

using namespace std::chrono_literals;

namespace {

std::uint64_t count_primes(std::uint64_t below) {
    std::uint64_t primes = 0;
    for (std::uint64_t n = 2; n < below; ++n) {
        bool prime = true;
        for (std::uint64_t d = 2; d * d <= n && prime; ++d) prime = n % d != 0;
        if (prime) ++primes;
    }
    return primes;
}

gyre::task<> tick(int& ticks) {
    while (true) {
        co_await gyre::sleep(1ms);
        ++ticks;
    }
}

gyre::task<> amain() {
    int ticks = 0;
    auto ticking = gyre::spawn(tick(ticks));

    const auto primes = co_await gyre::to_thread(count_primes, 500'000);
    std::printf("primes below 500000: %llu\n", static_cast<unsigned long long>(primes));

    gyre::thread_pool pool(2);
    auto below_300k = [] { return count_primes(300'000); };
    auto below_400k = [] { return count_primes(400'000); };
    auto in_pool = [&](auto& work) -> gyre::task<std::uint64_t> { co_return co_await pool.run(work); };
    const auto both = co_await gyre::gather(in_pool(below_300k), in_pool(below_400k));
    const auto [first, second] = both;
    std::printf("primes below 300000: %llu, below 400000: %llu\n", static_cast<unsigned long long>(first),
                static_cast<unsigned long long>(second));

    ticking.cancel();
    std::printf("the loop went on ticking meanwhile: %s\n", ticks > 0 ? "yes" : "no");
}

}  // namespace

int main() { gyre::run(amain()); }
