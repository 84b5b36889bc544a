#include <gyre/runtime/coroutine/errors.hpp>
#include <gyre/runtime/coroutine/generator_work.hpp>

namespace gyre::detail {

void throw_advanced_twice() {
    throw invalid_state_error("gyre: a generator is advanced by two tasks at once; give each its own, or a lock");
}
void throw_closed_while_running() {
    throw invalid_state_error("gyre: a generator is closed while a task waits for its next value; cancel that task first");
}

}  // namespace gyre::detail
