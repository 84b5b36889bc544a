#include "support/backend.hpp"

#include "support/sanitizers.hpp"

#include <catch2/catch.hpp>
#include <cstdlib>
#include <gyre/runtime/testing/backends.hpp>
#include <gyre/runtime/testing/run_test.hpp>
#include <utility>

namespace gyre::test {
namespace {

// Catch has reported the failed REQUIRE already; only who threw it is unusual.
bool is_failed_require(const std::exception_ptr& error) {
    if (!error) return false;
    try {
        std::rethrow_exception(error);
    } catch (const Catch::TestFailureException&) {
        return true;
    } catch (...) {
        return false;
    }
}

}  // namespace

std::string backend() {
    const char* name = std::getenv("GYRE_BACKEND");
    return name != nullptr && *name != '\0' ? name : "uring";
}

loop_options options() {
    loop_options result;
    result.backend = backend();
    return result;
}

loop_options virtual_time_options() {
    loop_options result = options();
    result.virtual_time = true;
    return result;
}

void run(const std::function<task<>()>& body, loop_options with) {
    for (const std::string& problem : testing::inspect_run(body, std::move(with), is_failed_require)) {
        // TSan opens pipes to its symbolizer when it looks whether a report is suppressed.
        if (!under_thread_sanitizer || problem.find("(pipe:") == std::string::npos) FAIL_CHECK(problem);
    }
}

}  // namespace gyre::test
