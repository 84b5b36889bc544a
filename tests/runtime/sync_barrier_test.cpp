#include "sync_support.hpp"

using namespace gyre;
using gyre::test::settle;

namespace {

task<> meet(barrier& b, std::vector<std::size_t>& indices) {
    const std::size_t index = co_await b.wait();
    indices.push_back(index);
}

enum class how { met, broken, cancelled };

task<> meet_and_tell(barrier& b, std::vector<how>& ends) {
    try {
        co_await b.wait();
        ends.push_back(how::met);
    } catch (const broken_barrier_error&) {
        ends.push_back(how::broken);
    } catch (const cancelled_error&) {
        ends.push_back(how::cancelled);
        throw;
    }
}

}  // namespace

GYRE_TEST_VIRTUAL("a barrier lets tasks go when all have come, each with a number of its own", "[sync][barrier]") {
    barrier b(3);
    REQUIRE(b.parties() == 3);
    std::vector<std::size_t> indices;
    auto f = spawn(meet(b, indices));
    auto g = spawn(meet(b, indices));
    co_await settle();
    REQUIRE(indices.empty());
    REQUIRE(b.waiting() == 2);
    const std::size_t mine = co_await b.wait();
    REQUIRE(mine == 2);
    REQUIRE(b.waiting() == 0);
    co_await f;
    co_await g;
    REQUIRE(indices == std::vector<std::size_t>{0, 1});
}

GYRE_TEST_VIRTUAL("a barrier serves round after round, and no one slips into a round that is full", "[sync][barrier]") {
    barrier b(3);
    std::vector<int> rounds(6, 0);
    bool mixed = false;
    const auto worker = [&]() -> task<> {
        for (std::size_t round = 0; round < rounds.size(); ++round) {
            ++rounds[round];
            co_await b.wait();
            mixed = mixed || rounds[round] != 3;
        }
    };
    std::vector<future<void>> all;
    for (int i = 0; i < 3; ++i) all.push_back(spawn(worker()));
    for (auto& f : all) co_await f;
    REQUIRE_FALSE(mixed);
}

GYRE_TEST_VIRTUAL("more tasks than parties fill one round after the other", "[sync][barrier]") {
    barrier b(2);
    std::vector<std::size_t> indices;
    std::vector<future<void>> all;
    for (int i = 0; i < 6; ++i) all.push_back(spawn(meet(b, indices)));
    for (auto& f : all) co_await f;
    REQUIRE(std::count(indices.begin(), indices.end(), 0U) == 3);
    REQUIRE(std::count(indices.begin(), indices.end(), 1U) == 3);
}

GYRE_TEST_VIRTUAL("a cancelled task leaves the round, which then needs another", "[sync][barrier]") {
    barrier b(2);
    std::vector<how> ends;
    auto f = spawn(meet_and_tell(b, ends));
    co_await settle();
    f.cancel();
    co_await settle();
    REQUIRE(f.cancelled());
    REQUIRE(b.waiting() == 0);
    REQUIRE_FALSE(b.broken());
    auto g = spawn(meet_and_tell(b, ends));
    co_await settle();
    REQUIRE_FALSE(g.done());
    co_await b.wait();
    co_await g;
    REQUIRE(ends == std::vector<how>{how::cancelled, how::met});
}

GYRE_TEST_VIRTUAL("numbers stay apart when an earlier task has left", "[sync][barrier]") {
    barrier b(3);
    std::vector<std::size_t> indices;
    auto f = spawn(meet(b, indices));
    auto g = spawn(meet(b, indices));
    co_await settle();
    f.cancel();
    co_await settle();
    auto h = spawn(meet(b, indices));
    co_await settle();
    const std::size_t mine = co_await b.wait();
    co_await g;
    co_await h;
    indices.push_back(mine);
    REQUIRE(indices == std::vector<std::size_t>{0, 1, 2});
}

GYRE_TEST_VIRTUAL("a task cancelled after its round was full has met", "[sync][barrier]") {
    barrier b(2);
    std::vector<how> ends;
    auto f = spawn(meet_and_tell(b, ends));
    co_await settle();
    co_await b.wait();
    f.cancel();
    co_await settle();
    REQUIRE(ends == std::vector<how>{how::met});
}

GYRE_TEST_VIRTUAL("abort breaks the barrier for all who wait and who will", "[sync][barrier]") {
    barrier b(3);
    std::vector<how> ends;
    auto f = spawn(meet_and_tell(b, ends));
    auto g = spawn(meet_and_tell(b, ends));
    co_await settle();
    b.abort();
    REQUIRE(b.broken());
    REQUIRE(b.waiting() == 0);
    co_await f;
    co_await g;
    co_await meet_and_tell(b, ends);
    REQUIRE(ends == std::vector<how>{how::broken, how::broken, how::broken});
    b.reset();
    REQUIRE_FALSE(b.broken());
}

GYRE_TEST_VIRTUAL("reset turns away who waits and starts afresh", "[sync][barrier]") {
    barrier b(2);
    std::vector<how> ends;
    auto f = spawn(meet_and_tell(b, ends));
    co_await settle();
    b.reset();
    co_await f;
    REQUIRE(ends == std::vector<how>{how::broken});
    REQUIRE_FALSE(b.broken());
    auto g = spawn(meet_and_tell(b, ends));
    co_await settle();
    co_await b.wait();
    co_await g;
    REQUIRE(ends == std::vector<how>{how::broken, how::met});
    b.reset();
}

GYRE_TEST_VIRTUAL("reset and abort do not touch a round that was full, though its tasks have not run yet", "[sync][barrier]") {
    barrier b(3);
    std::vector<how> ends;
    auto f = spawn(meet_and_tell(b, ends));
    auto g = spawn(meet_and_tell(b, ends));
    co_await settle();
    co_await b.wait();
    REQUIRE(ends.empty());
    b.reset();
    b.abort();
    co_await f;
    co_await g;
    REQUIRE(ends == std::vector<how>{how::met, how::met});
}

GYRE_TEST_VIRTUAL("an abort and a cancel in one turn: the error is thrown, the cancel stays", "[sync][barrier]") {
    barrier b(2);
    std::vector<how> ends;
    auto f = spawn(meet_and_tell(b, ends));
    co_await settle();
    b.abort();
    f.cancel();
    co_await settle();
    REQUIRE(ends == std::vector<how>{how::broken});
}

GYRE_TEST_VIRTUAL("a barrier of one never waits, of none is an error", "[sync][barrier]") {
    barrier b(1);
    for (int i = 0; i < 200; ++i) {
        const std::size_t index = co_await b.wait();
        REQUIRE(index == 0);
    }
    REQUIRE_THROWS_AS(barrier(0), invalid_state_error);
    REQUIRE_THROWS_AS(barrier(static_cast<std::size_t>(-1)), invalid_state_error);
}
