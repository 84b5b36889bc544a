// A local aligned above what operator new gives.
#include <cstdint>
#include <vector>

#include "coroutine.hpp"

struct alignas(64) wide {
    char bytes[64];
};
int misaligned = 0;
// Out of the optimiser's sight, which would take the alignment for granted.
[[gnu::noinline]] void look_at(const volatile void* p) {
    if (reinterpret_cast<std::uintptr_t>(p) % 64 != 0) ++misaligned;
}
lazy<int> nothing() { co_return 0; }
lazy<int> body() {
    wide w{};
    co_await nothing();
    const volatile void* volatile p = &w;
    look_at(p);
    co_return w.bytes[0];
}
int main() {
    std::vector<lazy<int>> all;
    for (int i = 0; i < 64; ++i) {
        all.push_back(body());
        all.back().handle.resume();
    }
    return verdict(misaligned == 0);
}
