#include <gyre/runtime/system/pipe_turn.hpp>

#include <utility>

namespace gyre::detail {

pipe_turn::pipe_turn(process_ref child, standard_stream which) : child_(std::move(child)), which_(which) {
    child_->require_pipe(which);
    child_->require_free(which).being_read = true;
}

}  // namespace gyre::detail
