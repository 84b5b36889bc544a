#pragma once

namespace gyre::debug {

// From now on the signal makes the loop that runs in this thread write dump_tasks() to stderr, between two steps: the dump of a
// loop that is stuck in a step comes when the step is over. Each loop of a program that should answer calls it; once is enough.
// It lasts until the loop closes. Others may listen to the same signal.
//     gyre::debug::dump_on_signal(SIGUSR1);   // then: kill -USR1 <pid>
// Thread: a loop's. Throws: invalid_state_error outside a running loop; std::invalid_argument for a signal that no program can
// catch, or should.
void dump_on_signal(int number);

}  // namespace gyre::debug
