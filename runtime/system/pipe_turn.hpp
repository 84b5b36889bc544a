#pragma once
#include <gyre/runtime/system/process_state.hpp>

namespace gyre::detail {

// The turn to read one stream of a child's, of which there is one: a read in several steps that leaves bytes for the next. Every other read
// is refused while it is out.
class pipe_turn {
public:
    // Throws: invalid_state_error when the stream is no pipe, or closed, or the turn is another's.
    pipe_turn(process_ref child, standard_stream which);
    pipe_turn(const pipe_turn&) = delete;
    ~pipe_turn() { child_->incoming_from(which_).being_read = false; }

    const process_ref& child() const noexcept { return child_; }
    standard_stream stream() const noexcept { return which_; }
    read_buffer& unread() const noexcept { return child_->incoming_from(which_).unread; }

private:
    process_ref child_;
    standard_stream which_;
};

}  // namespace gyre::detail
