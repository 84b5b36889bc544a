#include <gyre/runtime/coroutine/exceptions.hpp>
#include <gyre/runtime/debug/dump_tasks.hpp>
#include <gyre/runtime/loop/loop_state.hpp>

#include <algorithm>
#include <map>

namespace gyre::debug {
namespace {

using children_of = std::map<const detail::branch*, std::vector<detail::branch*>>;

std::vector<await_frame> frames(const detail::branch& b) {
    std::vector<await_frame> stack;
    for (const detail::promise_base* p = b.leaf(); p != nullptr; p = p->awaited_by_) {
        await_frame frame;
        frame.function = std::string(detail::function_name(p->created_));
        frame.where = p->awaiting_.line() != 0 ? p->awaiting_ : p->created_;
        stack.push_back(std::move(frame));
    }
    std::reverse(stack.begin(), stack.end());
    return stack;
}

std::string_view file_of(const std::source_location& where) {
    const std::string_view path = where.file_name();
    const std::size_t slash = path.rfind('/');
    return slash == std::string_view::npos ? path : path.substr(slash + 1);
}

std::string state_of(const detail::branch& b) {
    if (b.state() == future_state::pending) return "not started";
    if (b.waiting_on() != nullptr) return "waits: " + std::string(b.waiting_on()->what());
    return b.owner().running() == &b ? "runs" : "ready";
}

void print(std::string& into, const detail::branch& b, const children_of& children, std::size_t depth) {
    const std::string indent(depth * 2, ' ');
    into += indent + "task '" + b.name() + "' " + (b.is_body() ? "(body) " : "") + state_of(b);
    if (b.cancelling() > 0) into += ", asked to cancel";
    into += '\n';
    for (const await_frame& frame : frames(b))
        into += indent + "    " + frame.function + " at " + std::string(file_of(frame.where)) + ":" + std::to_string(frame.where.line()) + '\n';
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
