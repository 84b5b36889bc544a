#include <gyre/runtime/io/backend.hpp>
#include <gyre/runtime/testing/backends.hpp>

#include <cstdlib>

namespace gyre::testing {

bool backend_available(const std::string& name, std::string& why_not) {
    if (name == "uring") return detail::make_uring_backend(why_not) != nullptr;
    if (name == "asio") return true;
    why_not = "there is no such backend";
    return false;
}

std::vector<std::string> backends() {
    const char* only = std::getenv("GYRE_BACKEND");
    if (only != nullptr && *only != '\0') {
        detail::make_backend(only);
        return {only};
    }
    std::vector<std::string> all{"uring", "asio"};
    std::string why_not;
    std::erase_if(all, [&](const std::string& name) { return !backend_available(name, why_not); });
    return all;
}

loop_options virtual_time(loop_options options) {
    options.virtual_time = true;
    return options;
}

}  // namespace gyre::testing
