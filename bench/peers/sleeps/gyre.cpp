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
    co_return "gyre on " + std::string(gyre::event_loop::current().backend_name());
}

}  // namespace

int main(int argc, char** argv) {
    return peers::measure_sleeps(
        argc, argv, [](std::size_t count, std::chrono::seconds d, std::size_t& done) { return gyre::run(all(count, d, done)); });
}
