#include <gyre/runtime/loop/timer_heap.hpp>

#include <algorithm>
#include <utility>

namespace gyre::detail {
namespace {
constexpr std::size_t arity = 4;
}

void timer_heap::push(timer& t) {
    const slot s{t.when_, t.order_, &t};
    slots_.push_back(s);
    sift_up(slots_.size() - 1, s);
}

void timer_heap::remove(timer& t) noexcept {
    const std::size_t at = std::exchange(t.place_, timer::not_armed);
    const slot last = slots_.back();
    slots_.pop_back();
    if (at == slots_.size()) return;
    if (at > 0 && last.before(slots_[(at - 1) / arity]))
        sift_up(at, last);
    else
        sift_down(at, last);
}

void timer_heap::sift_up(std::size_t at, slot s) noexcept {
    while (at > 0) {
        const std::size_t parent = (at - 1) / arity;
        if (!s.before(slots_[parent])) break;
        put(at, slots_[parent]);
        at = parent;
    }
    put(at, s);
}

void timer_heap::sift_down(std::size_t at, slot s) noexcept {
    const std::size_t size = slots_.size();
    for (std::size_t first = at * arity + 1; first < size; first = at * arity + 1) {
        std::size_t least = first;
        const std::size_t end = std::min(first + arity, size);
        for (std::size_t child = first + 1; child < end; ++child)
            if (slots_[child].before(slots_[least])) least = child;
        if (!slots_[least].before(s)) break;
        put(at, slots_[least]);
        at = least;
    }
    put(at, s);
}

}  // namespace gyre::detail
