#include <gyre/runtime/coroutine/branch.hpp>
#include <gyre/runtime/loop/spawn.hpp>

namespace gyre {

any_future current_task() { return any_future(detail::core_ref<detail::future_core>::share(detail::current_branch("current_task()"))); }

}  // namespace gyre
