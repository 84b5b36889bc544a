#include <gyre/runtime/coroutine/errors.hpp>
#include <gyre/runtime/sync/broadcast_core.hpp>

namespace gyre::detail {

void throw_shared_subscription() {
    throw invalid_state_error(
        "gyre: two tasks wait on one subscription of a broadcast at once; subscribe() for each, or copy the subscription");
}

}  // namespace gyre::detail
