#include <gyre/runtime/combine/scope.hpp>
#include <gyre/runtime/coroutine/errors.hpp>

#include <string>

namespace gyre::detail {

void throw_ended_without_result() {
    throw invalid_state_error(
        "gyre: cancel() ended the body of this task_group before it had a result; let the body catch the cancel and return one, or be a "
        "task<>");
}

void scope::calling::begin(branch& parent) {
    if (parent_ != nullptr)
        throw invalid_state_error("gyre: this " + std::string(what()) + " has been entered before; a scope is used once, make another");
    parent_ = &parent;
}

}  // namespace gyre::detail
