#include <gyre/runtime/coroutine/await_place.hpp>
#include <gyre/runtime/coroutine/exceptions.hpp>
#include <gyre/runtime/coroutine/join.hpp>
#include <gyre/runtime/debug/dump_tasks.hpp>
#include <gyre/runtime/debug/wait_graph.hpp>
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

std::string quoted(const detail::branch& b) { return "'" + b.name() + "'"; }

std::string wait_of(const detail::suspension& on, const detail::wait_graph& graph) {
    std::string text = "waits: " + on.describe();
    if (const detail::branch* holder = graph.holder(on))
        text += ", locked by task " + quoted(*holder);
    else if (on.holder() != 0)
        text += ", locked by a task that has ended";
    return text;
}

std::string state_of(const detail::branch& b, const detail::wait_graph& graph) {
    if (b.state() == future_state::pending) return "not started";
    if (b.waiting_on() != nullptr) return wait_of(*b.waiting_on(), graph);
    return runs(b) ? "runs" : "ready";
}

class printer {
public:
    printer(const children_of& children, const detail::wait_graph& graph) : children_(children), graph_(graph) {}

    void print(const detail::branch* parent, std::size_t depth) {
        const auto found = children_.find(parent);
        if (found == children_.end()) return;
        for (const detail::branch* b : found->second) {
            print_one(*b, std::string(depth * 2, ' '));
            print(b, depth + 1);
        }
    }
    // One name a task: a body is a stretch of the one around it.
    void print_deadlock(const std::vector<detail::branch*>& ring) {
        std::vector<std::string> names;
        const detail::branch* before = ring.back();
        for (const detail::branch* b : ring) {
            const bool body_of_the_one_before = b->is_body() && b->parent_join()->parent() == before;
            if (!body_of_the_one_before) names.push_back(quoted(*b));
            before = b;
        }
        text_ += "deadlock: ";
        for (const std::string& name : names) text_ += name + " -> ";
        text_ += names.front() + '\n';
    }
    std::string take() { return std::move(text_); }

private:
    void print_one(const detail::branch& b, const std::string& indent) {
        text_ += indent + "task " + quoted(b) + (b.is_body() ? " (body) " : " ") + state_of(b, graph_);
        if (b.cancelling() > 0) text_ += ", asked to cancel";
        text_ += '\n';
        for (const await_frame& frame : frames(b)) text_ += indent + "    " + frame.function + " at " + detail::line_of(frame.where) + '\n';
    }

    const children_of& children_;
    const detail::wait_graph& graph_;
    std::string text_;
};

}  // namespace

std::vector<await_frame> await_stack(const any_future& task) {
    const auto* b = dynamic_cast<const detail::branch*>(&task.core());
    return b == nullptr ? std::vector<await_frame>() : frames(*b);
}

std::string dump_tasks() {
    detail::loop_state& loop = detail::require_loop("debug::dump_tasks()");
    const std::vector<detail::branch*> all = loop.branches();
    children_of children;
    for (detail::branch* b : all) {
        const detail::branch* parent = b->parent_join() == nullptr ? nullptr : b->parent_join()->parent();
        children[parent].push_back(b);
    }
    const detail::wait_graph graph(all);
    printer dump(children, graph);
    dump.print(nullptr, 0);
    for (const std::vector<detail::branch*>& ring : graph.rings()) dump.print_deadlock(ring);
    return dump.take();
}

}  // namespace gyre::debug
