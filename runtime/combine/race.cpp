#include <gyre/runtime/combine/race.hpp>
#include <gyre/runtime/coroutine/errors.hpp>

namespace gyre::detail {

void throw_all_failed(const std::vector<branch*>& children) {
    std::vector<std::exception_ptr> errors;
    std::vector<std::string> names;
    for (branch* child : children) {
        if (!child->error()) continue;  // cancellations are no errors
        errors.push_back(child->error());
        names.push_back(child->name());
    }
    if (errors.empty()) throw cancelled_error();
    throw exception_group("gyre: all " + std::to_string(children.size()) + " tasks of first_success() failed", std::move(errors),
                          std::move(names));
}

void throw_nothing_to_race(std::string_view what) {
    throw invalid_state_error("gyre: " + std::string(what) + " of no tasks could never end; give it at least one");
}

}  // namespace gyre::detail
