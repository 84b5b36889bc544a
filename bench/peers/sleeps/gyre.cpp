// COUNT × sleep(SECONDS) by gather, as on the README's first page.
#include <gyre/runtime/runtime.hpp>

#include <utility>
#include <vector>

#include "../support.hpp"

namespace {

gyre::task<> one(std::chrono::seconds d, std::size_t& done) {
    co_await gyre::sleep(d);
    ++done;
}

gyre::task<std::string> all(std::size_t count, std::chrono::seconds d, std::size_t& done) {
    std::vector<gyre::task<>> sleeps;
    sleeps.reserve(count);
    for (std::size_t i = 0; i < count; ++i) sleeps.push_back(one(d, done));
    co_await gyre::gather(std::move(sleeps));
    co_return std::string(gyre::event_loop::current().backend_name());
}

}  // namespace

int main(int argc, char** argv) {
    const std::size_t count = peers::number_option(argc, argv, "--count");
    const std::size_t seconds = peers::number_option(argc, argv, "--seconds");
    std::size_t done = 0;
    const peers::usage before = peers::usage::now();
    const std::string backend = gyre::run(all(count, std::chrono::seconds(seconds), done));
    const peers::usage spent = peers::usage::now() - before;
    if (done != count) peers::die("only " + std::to_string(done) + " sleeps ended");
    peers::report_sleeps("gyre on " + backend, count, static_cast<double>(seconds), spent);
}
