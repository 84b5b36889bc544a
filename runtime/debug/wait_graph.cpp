#include <gyre/runtime/debug/wait_graph.hpp>

#include <cstddef>
#include <utility>

namespace gyre::detail {
namespace {

// A walk from a task to those it waits for, deeper and deeper.
class walk {
public:
    enum class mark : std::uint8_t { not_seen, on_the_way, closes_a_ring, left };
    struct step {
        branch* at;
        std::vector<branch*> awaited;
        std::size_t next = 0;
    };

    mark& mark_of(const branch& b) { return marks_[&b]; }
    bool ended() const { return way_.empty(); }
    void enter(branch& b, std::vector<branch*> awaited) {
        mark_of(b) = mark::on_the_way;
        way_.push_back({&b, std::move(awaited)});
    }
    void leave() {
        mark_of(*way_.back().at) = mark::left;
        way_.pop_back();
    }
    step& here() { return way_.back(); }
    // The way from a task that is on it to here.
    std::vector<branch*> from(const branch& first) const {
        std::size_t begin = way_.size() - 1;
        while (way_[begin].at != &first) --begin;
        std::vector<branch*> part;
        for (; begin < way_.size(); ++begin) part.push_back(way_[begin].at);
        return part;
    }

private:
    std::vector<step> way_;
    std::unordered_map<const branch*, mark> marks_;
};

}  // namespace

wait_graph::wait_graph(const std::vector<branch*>& all) : all_(all) {
    for (branch* b : all) by_number_.emplace(b->number(), b);
}

branch* wait_graph::holder(const suspension& on) const {
    const auto found = by_number_.find(on.holder());
    return found == by_number_.end() ? nullptr : found->second;
}

std::vector<branch*> wait_graph::awaited_by(branch& waiting) const {
    std::vector<branch*> awaited;
    if (suspension* const on = waiting.waiting_on()) {
        on->add_awaited(awaited);
        if (branch* const first = holder(*on)) awaited.push_back(first);
    }
    return awaited;
}

std::vector<std::vector<branch*>> wait_graph::rings() const {
    std::vector<std::vector<branch*>> found;
    walk w;
    for (branch* root : all_) {
        if (w.mark_of(*root) == walk::mark::not_seen) w.enter(*root, awaited_by(*root));
        while (!w.ended()) {
            walk::step& here = w.here();
            if (here.next == here.awaited.size()) {
                w.leave();
                continue;
            }
            branch& next = *here.awaited[here.next++];
            walk::mark& mark = w.mark_of(next);
            if (mark == walk::mark::not_seen) {
                w.enter(next, awaited_by(next));
            } else if (mark == walk::mark::on_the_way) {
                mark = walk::mark::closes_a_ring;
                found.push_back(w.from(next));
            }
        }
    }
    return found;
}

}  // namespace gyre::detail
