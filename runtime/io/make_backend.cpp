#include <gyre/runtime/io/backend.hpp>

#include <atomic>
#include <cstdio>
#include <cstdlib>
#include <stdexcept>

namespace gyre::detail {
namespace {

std::unique_ptr<backend> uring_or_asio() {
    std::string why;
    if (auto made = make_uring_backend(why)) return made;
    static std::atomic<bool> said = false;
    if (!said.exchange(true)) std::fprintf(stderr, "gyre: no io_uring (%s); using the asio backend\n", why.c_str());
    return make_asio_backend();
}

}  // namespace

std::unique_ptr<backend> make_backend(const std::string& name) {
    std::string wanted = name;
    const char* from_environment = std::getenv("GYRE_BACKEND");
    if (wanted.empty() && from_environment != nullptr) wanted = from_environment;
    if (wanted.empty()) return uring_or_asio();
    if (wanted == "asio") return make_asio_backend();
    if (wanted == "uring") {
        std::string why;
        if (auto made = make_uring_backend(why)) return made;
        throw std::runtime_error("gyre: the uring backend was asked for and cannot be had: " + why +
                                 "; leave the backend open to fall back to asio");
    }
    throw std::invalid_argument("gyre: unknown backend '" + wanted +
                                "' (loop_options::backend or GYRE_BACKEND); use \"uring\" or \"asio\"");
}

}  // namespace gyre::detail
