#pragma once
#include <gyre/runtime/coroutine/debug_report.hpp>

namespace gyre::debug {

// Who is told what debug mode finds (loop_options::debug, GYRE_DEBUG=1); an empty function restores the default, one line
// each to stderr. Called in the thread of the loop that the report is about.
// Thread: any, before others use gyre.
void set_report_handler(std::function<void(const report&)> fn);

}  // namespace gyre::debug
