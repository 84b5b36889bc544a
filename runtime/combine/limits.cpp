#include <gyre/runtime/combine/limits.hpp>

#include <cstdio>

namespace gyre::detail {

std::string readable(duration d) {
    const double ns = static_cast<double>(d.count());
    char text[32];
    if (d >= std::chrono::seconds(1))
        std::snprintf(text, sizeof text, "%.6g s", ns / 1e9);
    else if (d >= std::chrono::milliseconds(1))
        std::snprintf(text, sizeof text, "%.6g ms", ns / 1e6);
    else
        std::snprintf(text, sizeof text, "%.6g us", ns / 1e3);
    return text;
}

}  // namespace gyre::detail
