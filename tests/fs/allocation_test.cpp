#include <cstddef>

#include "scratch.hpp"
#include "support/allocations.hpp"
#include "support/test.hpp"

using namespace gyre;
using namespace gyre::test;

GYRE_TEST("reading and writing an open file allocate nothing", "[allocation]") {
    if (!allocations_are_counted) co_return;
    const scratch_directory dir;
    fs::file file = co_await fs::open(dir / "f", fs::read | fs::write | fs::create);
    const std::string data = pattern(10'000);
    std::string into(10'000, ' ');
    std::size_t first = 0;
    for (int round = 0; round < 200; ++round) {
        // What is allocated once, and kept, is in the first rounds.
        if (round == 100) first = allocations();
        co_await file.write_at(0, data);
        co_await file.read_at(0, into);
        file.seek(0);
        co_await file.write_all(data);
        file.seek(0);
        co_await file.read_some(into);
        co_await file.size();
        co_await file.truncate(5'000);
    }
    const std::size_t made = allocations() - first;
    REQUIRE(made == 0);
    REQUIRE(into == data);
}

GYRE_TEST("reading through the ring allocates nothing either", "[allocation]") {
    if (!allocations_are_counted) co_return;
    if (event_loop::current().backend_name() != "uring") co_return;
    const scratch_directory dir;
    co_await fs::write_file(dir / "f", pattern(10'000));
    const fs::file file = co_await fs::open(dir / "f");
    const placed by_backend(detail::placement::always_backend);
    std::string into(10'000, ' ');
    std::size_t first = 0;
    for (int round = 0; round < 200; ++round) {
        if (round == 100) first = allocations();
        co_await file.read_at(0, into);
    }
    const std::size_t made = allocations() - first;
    REQUIRE(made == 0);
}
