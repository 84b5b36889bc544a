#include "support/backend.hpp"

#include <linux/io_uring.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <catch2/catch.hpp>
#include <cerrno>
#include <cstdlib>
#include <cstring>
#include <utility>
#include <vector>

#include "support/file_descriptors.hpp"

namespace gyre::test {
namespace {

std::string describe(const std::exception_ptr& error) {
    if (!error) return "no exception";
    try {
        std::rethrow_exception(error);
    } catch (const std::exception& e) {
        return e.what();
    } catch (const cancelled_error& e) {
        return e.what();
    } catch (const Catch::TestFailureException&) {
        return "a failed REQUIRE";
    } catch (...) {
        return "an exception of unknown type";
    }
}

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

bool backend_available(const std::string& name, std::string& why_not) {
    if (name != "uring") return true;
    io_uring_params params;
    std::memset(&params, 0, sizeof params);
    const long fd = ::syscall(__NR_io_uring_setup, 1, &params);
    if (fd < 0) {
        why_not = std::string("the kernel refuses io_uring (io_uring_setup: ") + std::strerror(errno) + ")";
        return false;
    }
    ::close(static_cast<int>(fd));
    return true;
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
    std::vector<std::string> unhandled;
    const auto before = open_file_descriptors();
    {
        event_loop loop(std::move(with));
        loop.set_exception_handler([&unhandled](const unhandled_error& error) {
            if (!is_failed_require(error.exception)) unhandled.push_back(error.message + ": " + describe(error.exception));
        });
        loop.run_until_complete(body());
        loop.close();
    }
    for (const auto& message : unhandled) FAIL_CHECK("nobody handled an error: " << message);
    for (const auto& leaked : opened_since(before)) FAIL_CHECK("still open after the loop closed: " << leaked);
}

}  // namespace gyre::test
