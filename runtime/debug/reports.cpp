#include <gyre/runtime/debug/reports.hpp>

namespace gyre::debug {

void set_report_handler(std::function<void(const report&)> fn) { detail::set_report_handler(std::move(fn)); }

}  // namespace gyre::debug
