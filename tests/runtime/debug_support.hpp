#pragma once
#include <gyre/runtime/debug/reports.hpp>
#include <string>
#include <vector>

#include "support/test.hpp"

namespace gyre::test {

// Takes debug mode's reports while it lives.
class captured_reports {
public:
    captured_reports() {
        debug::set_report_handler([this](const debug::report& r) { all_.push_back(r); });
    }
    captured_reports(const captured_reports&) = delete;
    ~captured_reports() { debug::set_report_handler({}); }

    std::vector<std::string> of(debug::report_kind kind) const {
        std::vector<std::string> found;
        for (const debug::report& r : all_)
            if (r.kind == kind) found.push_back(r.message);
        return found;
    }
    const std::vector<debug::report>& all() const noexcept { return all_; }

private:
    std::vector<debug::report> all_;
};

// In debug mode, with the schedule as it is without.
inline loop_options debug_options() {
    loop_options o = options();
    o.debug = true;
    o.shuffle = false;
    return o;
}

}  // namespace gyre::test
