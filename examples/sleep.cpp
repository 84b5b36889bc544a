// Ten thousand tasks that each sleep five seconds, all at once: five seconds in all, and a few milliseconds.
//
//     sleep [COUNT] [SECONDS]
#include <gyre/runtime/runtime.hpp>

#include <CLI/CLI.hpp>
#include <chrono>
#include <cstddef>
#include <cstdio>
#include <utility>
#include <vector>

namespace {

using seconds = std::chrono::duration<double>;

gyre::task<> nap(seconds time) { co_await gyre::sleep(time); }

gyre::task<> sleep_together(std::size_t count, seconds time) {
    std::vector<gyre::task<>> naps;
    naps.reserve(count);
    for (std::size_t i = 0; i < count; ++i) naps.push_back(nap(time));
    co_await gyre::gather(std::move(naps));
}

}  // namespace

int main(int argc, char** argv) {
    std::size_t count = 10'000;
    double time = 5;
    CLI::App app("Sleeps many times at once, and says how long that took.", "sleep");
    app.add_option("count", count, "how many tasks sleep")->capture_default_str();
    app.add_option("seconds", time, "how long each of them sleeps")->check(CLI::NonNegativeNumber)->capture_default_str();
    CLI11_PARSE(app, argc, argv);

    const auto start = std::chrono::steady_clock::now();
    gyre::run(sleep_together(count, seconds(time)));
    const seconds took = std::chrono::steady_clock::now() - start;
    std::printf("%zu x sleep(%g s) took %.3f s\n", count, time, took.count());
}
