// asyncio: gather(*coroutines). Ten thousand tasks that each sleep five seconds take five seconds.
//
// A task is a heap object of some hundred bytes, so ten thousand are nothing; a million work as well.
#include "tour.hpp"

#include <gyre/runtime/runtime.hpp>

#include <chrono>
#include <cstdio>
#include <utility>
#include <vector>

using namespace std::chrono_literals;

namespace {

// `said` may be a reference here: amain() awaits every hello before it returns.
gyre::task<> hello(int& said) {
    co_await gyre::sleep(5s);
    ++said;  // no lock: all tasks run in one thread, and only co_await lets another one go on
}

gyre::task<> amain() {
    int said = 0;
    std::vector<gyre::task<>> hellos;
    for (int i = 0; i < 10'000; ++i) hellos.push_back(hello(said));

    auto& loop = gyre::event_loop::current();  // asyncio.get_running_loop()
    const auto start = loop.time();
    co_await gyre::gather(std::move(hellos));
    const auto took = std::chrono::duration_cast<std::chrono::seconds>(loop.time() - start);
    std::printf("%d hellos in %d seconds\n", said, static_cast<int>(took.count()));
}

}  // namespace

int main() { gyre::run(amain(), tour_options()); }
