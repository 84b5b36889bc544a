#include <gyre/runtime/coroutine/await_place.hpp>
#include <gyre/runtime/coroutine/exceptions.hpp>
#include <gyre/runtime/coroutine/join.hpp>
#include <gyre/runtime/debug/dump_tasks.hpp>
#include <gyre/runtime/loop/debug_watch.hpp>
#include <gyre/runtime/loop/loop_state.hpp>

#include <algorithm>
#include <map>

namespace gyre::debug {
namespace {

using children_of = std::map<const detail::branch*, std::vector<detail::branch*>>;

bool runs(const detail::branch& b) { return b.owner().running() == &b; }

// The coroutine that it began with, and in debug mode the one that its current step went on in: what is between them changes
// while it runs, and is not recorded.
std::vector<detail::await_place> places_of_running(const detail::branch& b) {
    std::vector<detail::await_place> places;
    if (const detail::debug_watch* watch = static_cast<detail::loop_state&>(b.owner()).watch()) places.push_back(watch->resumed_at(b));
    if (places.empty() || places.front().function.line() != b.created().line()) places.push_back({b.created(), b.created()});
    return places;
}

// Innermost first.
std::vector<detail::await_place> places_of(const detail::branch& b) {
    if (b.done()) return b.owner().error_stack(b.held_error());
    return runs(b) ? places_of_running(b) : detail::await_places(b.leaf());
}

std::vector<await_frame> frames(const detail::branch& b) {
    std::vector<await_frame> stack;
    for (const detail::await_place& place : places_of(b)) {
        await_frame frame;
        frame.function = std::string(detail::function_name(place.function));
        frame.where = place.where;
        stack.push_back(std::move(frame));
    }
    std::reverse(stack.begin(), stack.end());
    return stack;
}

std::string state_of(const detail::branch& b) {
    if (b.state() == future_state::pending) return "not started";
    if (b.waiting_on() != nullptr) return "waits: " + b.waiting_on()->describe();
    return runs(b) ? "runs" : "ready";
}

void print(std::string& into, const detail::branch& b, const children_of& children, std::size_t depth) {
    const std::string indent(depth * 2, ' ');
    into += indent + "task '" + b.name() + "' " + (b.is_body() ? "(body) " : "") + state_of(b);
    if (b.cancelling() > 0) into += ", asked to cancel";
    into += '\n';
    for (const await_frame& frame : frames(b)) into += indent + "    " + frame.function + " at " + detail::line_of(frame.where) + '\n';
    if (const auto found = children.find(&b); found != children.end())
        for (const detail::branch* child : found->second) print(into, *child, children, depth + 1);
}

}  // namespace

std::vector<await_frame> await_stack(const any_future& task) {
    const auto* b = dynamic_cast<const detail::branch*>(&task.core());
    return b == nullptr ? std::vector<await_frame>() : frames(*b);
}

std::string dump_tasks() {
    detail::loop_state& loop = detail::require_loop("debug::dump_tasks()");
    children_of children;
    for (detail::branch* b : loop.branches()) {
        const detail::branch* parent = b->parent_join() == nullptr ? nullptr : b->parent_join()->parent();
        children[parent].push_back(b);
    }
    std::string dump;
    for (const detail::branch* root : children[nullptr]) print(dump, *root, children, 0);
    return dump;
}

}  // namespace gyre::debug
