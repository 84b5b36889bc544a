#include <gyre/runtime/loop/timer_heap.hpp>

#include <algorithm>

namespace gyre::detail {
namespace {
constexpr std::size_t arity = 4;
}

void timer_heap::arm(timer& t, time_point when) {
    const slot s{when, order_++, &t};
    slots_.push_back(s);
    sift_up(slots_.size() - 1, s);
}

void timer_heap::disarm(timer& t) noexcept {
    if (t.armed()) remove(t.slot_);
}

std::size_t timer_heap::fire(time_point now) noexcept {
    std::size_t fired = 0;
    while (!slots_.empty() && slots_.front().when <= now) {
        timer& due = *slots_.front().what;
        remove(0);
        due.fired();
        ++fired;
    }
    return fired;
}

void timer_heap::abandon() noexcept {
    while (!slots_.empty()) {
        timer& left = *slots_.back().what;
        slots_.pop_back();
        left.slot_ = timer::not_armed;
        left.abandoned();
    }
}

void timer_heap::remove(std::size_t at) noexcept {
    slots_[at].what->slot_ = timer::not_armed;
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
