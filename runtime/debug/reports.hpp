#pragma once
#include <gyre/runtime/coroutine/debug_report.hpp>

namespace gyre::debug {

// Who is told what debug mode finds (loop_options::debug, GYRE_DEBUG=1); an empty function restores the default, one line
// each to stderr. One for the whole process; called in the thread of the loop that the report is about. What it throws is dropped.
// Thread: any, at any time. Throws: std::bad_alloc.
void set_report_handler(std::function<void(const report&)> fn);

}  // namespace gyre::debug
