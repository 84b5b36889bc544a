#include <gyre/runtime/coroutine/exceptions.hpp>
#include <gyre/runtime/loop/event_loop.hpp>
#include <gyre/runtime/testing/backends.hpp>
#include <gyre/runtime/testing/file_descriptors.hpp>
#include <gyre/runtime/testing/run_test.hpp>

#include <cstdio>

namespace gyre::testing {

std::vector<std::string> inspect_run(const std::function<task<>()>& body, loop_options options,
                                     const std::function<bool(const std::exception_ptr&)>& known) {
    std::vector<std::string> found;
    const auto before = open_file_descriptors();
    {
        event_loop loop(std::move(options));
        loop.set_exception_handler([&](const unhandled_error& error) {
            if (known && known(error.exception)) return;
            found.push_back("nobody handled an error: " + error.message + ": " + detail::describe(error.exception));
        });
        loop.run_until_complete(body());
        loop.close();
    }
    for (const std::string& leaked : opened_since(before)) found.push_back("still open after the loop closed: " + leaked);
    return found;
}

void run_test(const std::function<task<>()>& body, loop_options options) {
    const std::string backend = options.backend.empty() ? backends().front() : options.backend;
    options.backend = backend;
    const std::vector<std::string> found = inspect_run(body, std::move(options));
    if (found.empty()) return;
    std::string message = "gyre: a test on the " + backend + " backend left something behind:";
    for (const std::string& line : found) message += "\n  " + line;
    throw failure(message);
}

void run_on_every_backend(const std::function<task<>()>& body, loop_options options,
                          const std::function<void(const std::string& backend)>& announce) {
    for (const std::string& backend : backends()) {
        if (announce) announce(backend);
        options.backend = backend;
        try {
            run_test(body, options);
        } catch (...) {
            std::fprintf(stderr, "gyre: the test failed on the %s backend\n", backend.c_str());
            throw;
        }
    }
}

}  // namespace gyre::testing
