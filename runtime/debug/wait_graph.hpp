#pragma once
#include <gyre/runtime/coroutine/branch.hpp>

#include <cstdint>
#include <unordered_map>
#include <vector>

namespace gyre::detail {

// Which tasks of a loop wait for which others, as it stands now: for the futures they await, the children they have, and the locks that
// others hold.
class wait_graph {
public:
    explicit wait_graph(const std::vector<branch*>& all);

    // Who locked what it waits for. Null when it waits for no lock, and when that one has ended or is not known.
    branch* holder(const suspension& on) const;

    // Tasks each of which waits for the next, and the last for the first: none can go on before the others. At most one such ring for a
    // task that it was found by, so that a crowd before one lock makes one.
    std::vector<std::vector<branch*>> rings() const;

private:
    std::vector<branch*> awaited_by(branch& waiting) const;

    const std::vector<branch*>& all_;
    std::unordered_map<std::uint32_t, branch*> by_number_;
};

}  // namespace gyre::detail
