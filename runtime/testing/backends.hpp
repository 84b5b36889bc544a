#pragma once
#include <gyre/runtime/loop/loop_options.hpp>

#include <string>
#include <vector>

namespace gyre::testing {

// Whether this kernel lets the process have a loop on that backend; `why_not` says what is in the way when not.
// Thread: any. Throws: std::bad_alloc.
bool backend_available(const std::string& name, std::string& why_not);

// The backends that a loop can be had on here, "uring" first. When GYRE_BACKEND is set, only the one that it names, so that a
// whole test program can be run once for each.
// Thread: any. Throws: std::invalid_argument when GYRE_BACKEND names none; std::runtime_error when it names one that cannot be had.
std::vector<std::string> backends();

// The same options with a clock that jumps: see loop_options::virtual_time.
// Thread: any. Throws: nothing.
loop_options virtual_time(loop_options options = loop_options());

}  // namespace gyre::testing
