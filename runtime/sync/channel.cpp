#include <gyre/runtime/coroutine/errors.hpp>
#include <gyre/runtime/sync/as_written.hpp>
#include <gyre/runtime/sync/channel_core.hpp>

#include <string>

namespace gyre::detail {

void throw_channel_closed() { throw channel_closed(); }

void throw_permit_used() {
    throw invalid_state_error("gyre: this permit holds no place in a channel: it was used or moved from before; reserve() another");
}

std::size_t checked_capacity(std::size_t capacity, const char* what, std::size_t least) {
    if (capacity >= least && capacity <= static_cast<std::size_t>(-1) / 2) return capacity;
    throw invalid_state_error(std::string("gyre: ") + what + " with a capacity of " + as_written(capacity) + "; give " +
                              std::to_string(least) + " or more");
}

}  // namespace gyre::detail
