// asyncio has nothing like it: one event loop per core, in one process. (In Python: multiprocessing, with an asyncio.run() in each.)
//
// Shards share nothing and take no locks. Work is sent to one, and its result comes back.
#include <gyre/runtime/runtime.hpp>
#include <gyre/runtime/system/shards.hpp>

#include <cstddef>
#include <cstdint>
#include <cstdio>
#include <stdexcept>
#include <utility>
#include <vector>

namespace {

std::uint64_t sum_of_squares(std::uint64_t from, std::uint64_t to) {
    std::uint64_t sum = 0;
    for (std::uint64_t n = from; n < to; ++n) sum += n * n;
    return sum;
}

// Runs here; its work runs on that shard, as a task of that shard's loop.
gyre::task<std::uint64_t> sum_on(gyre::shards& all, std::size_t shard, std::uint64_t from, std::uint64_t to) {
    auto work = [from, to]() -> gyre::task<std::uint64_t> {
        co_await gyre::yield();  // it may await there whatever it likes
        co_return sum_of_squares(from, to);
    };
    co_return co_await all.submit_to(shard, work);
}

gyre::task<> amain() {
    gyre::shards all(2);
    std::vector<gyre::task<std::uint64_t>> parts;
    for (std::size_t i = 0; i < 8; ++i) parts.push_back(sum_on(all, i % all.size(), i * 1000, (i + 1) * 1000));
    const auto sums = co_await gyre::gather(std::move(parts));
    std::uint64_t total = 0;
    for (const auto sum : sums) total += sum;
    std::printf("%zu parts on %zu shards, the sum is %llu\n", sums.size(), all.size(), static_cast<unsigned long long>(total));

    for (std::size_t i = 0; i < all.size(); ++i) {
        auto ask = []() -> gyre::task<std::size_t> { co_return gyre::shards::current(); };
        const auto answer = co_await all.submit_to(i, ask);
        std::printf("shard %zu says that it is shard %zu\n", i, answer);
    }

    // What is thrown there arrives here.
    auto fail = []() -> gyre::task<> {
        throw std::runtime_error("something broke over there");
        co_return;
    };
    try {
        co_await all.submit_to(1, fail);
    } catch (const std::exception& e) {
        std::printf("error: %s\n", e.what());
    }
}

}  // namespace

int main() { gyre::run(amain()); }
