#pragma once
#include <stdlib.h>
#include <gyre/runtime/debug/reports.hpp>

#include <cstdlib>
#include <optional>
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

// An environment variable has that value, or none, while it lives.
class scoped_environment {
public:
    scoped_environment(const char* name, const char* value) : name_(name) {
        if (const char* before = std::getenv(name)) before_ = before;
        set(value);
    }
    scoped_environment(const scoped_environment&) = delete;
    ~scoped_environment() { set(before_ ? before_->c_str() : nullptr); }

private:
    void set(const char* value) const {
        if (value != nullptr)
            ::setenv(name_, value, 1);
        else
            ::unsetenv(name_);
    }
    const char* name_;
    std::optional<std::string> before_;
};

// In debug mode, with the schedule as it is without.
inline loop_options debug_options() {
    loop_options o = options();
    o.debug = true;
    o.shuffle = false;
    return o;
}

}  // namespace gyre::test
