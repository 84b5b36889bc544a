// ctest: backend=none
#include <catch2/catch.hpp>
#include <gyre/runtime/io/operations_by_fd.hpp>

#include <algorithm>
#include <vector>

namespace {

using gyre::detail::opcode;
using gyre::detail::operation;
using gyre::detail::operations_by_fd;

class idle_operation final : public operation {
public:
    idle_operation(opcode what, int on) noexcept {
        code = what;
        fd = on;
    }
    void completed() noexcept override {}
};

std::vector<const operation*> waiting(const operations_by_fd& all, int fd) {
    std::vector<const operation*> found;
    all.for_each_waiting(fd, [&found](const operation& op) { found.push_back(&op); });
    std::sort(found.begin(), found.end());
    return found;
}

}  // namespace

TEST_CASE("operations are found by their fd, in whatever order they end", "[io]") {
    std::vector<std::size_t> order{0, 1, 2};
    do {
        operations_by_fd all;
        std::vector<idle_operation> on_seven(3, idle_operation(opcode::recv, 7));
        idle_operation other(opcode::send, 1000);
        for (idle_operation& op : on_seven) all.add(op);
        all.add(other);
        CHECK(waiting(all, 7).size() == 3);
        CHECK(waiting(all, 1000) == std::vector<const operation*>{&other});
        std::vector<const operation*> left{&on_seven[0], &on_seven[1], &on_seven[2]};
        for (const std::size_t i : order) {
            all.remove(on_seven[i]);
            std::erase(left, &on_seven[i]);
            CHECK(waiting(all, 7) == left);
        }
        CHECK(waiting(all, 1000).size() == 1);
    } while (std::next_permutation(order.begin(), order.end()));
}

TEST_CASE("reads of a file are counted, and what has no fd is nobody's", "[io]") {
    operations_by_fd all;
    idle_operation a(opcode::read, 3);
    idle_operation b(opcode::read, 3);
    idle_operation nowhere(opcode::open, -100);
    all.add(a);
    all.add(b);
    all.add(nowhere);
    CHECK(all.has_others(3));
    all.remove(a);
    CHECK(all.has_others(3));
    all.remove(b);
    all.remove(nowhere);
    CHECK_FALSE(all.has_others(3));
    CHECK(waiting(all, 3).empty());
    CHECK_FALSE(all.has_others(100'000));
}
