#include <gyre/runtime/coroutine/join.hpp>
#include <gyre/runtime/loop/spawn.hpp>

namespace gyre {

any_future current_task() {
    detail::branch* task = &detail::current_branch("current_task()");
    while (task->is_body()) task = task->parent_join()->parent();
    return any_future(detail::core_ref<detail::future_core>::share(*task));
}

}  // namespace gyre
