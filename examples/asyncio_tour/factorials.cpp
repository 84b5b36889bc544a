// asyncio: the three factorials of the documentation of gather(), which gives the results in the order of its arguments.
#include "tour.hpp"

#include <gyre/runtime/runtime.hpp>

#include <chrono>
#include <cstdio>
#include <string>

using namespace std::chrono_literals;

namespace {

gyre::task<int> factorial(std::string name, int number) {
    int f = 1;
    for (int i = 2; i <= number; ++i) {
        std::printf("Task %s: Compute factorial(%d), currently i=%d...\n", name.c_str(), number, i);
        co_await gyre::sleep(1s);
        f *= i;
    }
    std::printf("Task %s: factorial(%d) = %d\n", name.c_str(), number, f);
    co_return f;
}

gyre::task<> amain() {
    // gather() of tasks gives a std::tuple; of a std::vector of tasks, a std::vector.
    const auto results = co_await gyre::gather(factorial("A", 2), factorial("B", 3), factorial("C", 4));
    const auto [a, b, c] = results;
    std::printf("[%d, %d, %d]\n", a, b, c);
}

}  // namespace

int main() { gyre::run(amain(), tour_options()); }
