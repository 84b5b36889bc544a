// asyncio: Barrier. Two tasks sum a half each; when both have come to the barrier, one of them adds the halves.
#include "tour.hpp"

#include <gyre/runtime/runtime.hpp>

#include <array>
#include <chrono>
#include <cstddef>
#include <cstdio>
#include <numeric>
#include <span>
#include <vector>

using namespace std::chrono_literals;

namespace {

gyre::task<> sum_half(std::size_t half, std::span<const int> numbers, std::array<int, 2>& sums, gyre::barrier& both) {
    co_await gyre::sleep(1s * (half + 1));
    sums[half] = std::accumulate(numbers.begin(), numbers.end(), 0);
    std::printf("half %zu is %d\n", half, sums[half]);
    // wait() gives each task another number, in the order they came: a simple way to choose one.
    const std::size_t position = co_await both.wait();
    if (position == 0) std::printf("half %zu came first, and tells: the sum is %d\n", half, sums[0] + sums[1]);
}

gyre::task<> amain() {
    std::vector<int> numbers(100);
    std::iota(numbers.begin(), numbers.end(), 1);
    const std::span all(numbers);
    std::array<int, 2> sums{};
    gyre::barrier both(2);
    co_await gyre::gather(sum_half(0, all.first(50), sums, both), sum_half(1, all.subspan(50), sums, both));
}

}  // namespace

int main() { gyre::run(amain(), tour_options()); }
