#pragma once
// Numbers as people read them.

#include <array>
#include <cstdint>
#include <cstdio>
#include <string>

namespace example {

template <class... Number>
std::string print(const char* format, Number... numbers) {
    std::array<char, 128> text{};
    std::snprintf(text.data(), text.size(), format, numbers...);
    return text.data();
}

// "512 B", "1.5 KiB", "3.2 GiB".
inline std::string readable_bytes(double bytes) {
    if (bytes < 1024) return print("%.0f B", bytes);
    const char* const units[] = {"KiB", "MiB", "GiB", "TiB"};
    const char* const* unit = units;
    for (bytes /= 1024; bytes >= 1024 && *unit != units[3]; bytes /= 1024) ++unit;
    return print("%.1f %s", bytes, *unit);
}
inline std::string readable_bytes(std::uint64_t bytes) { return readable_bytes(static_cast<double>(bytes)); }

// "320 us", "4.1 ms", "2.50 s".
inline std::string readable_seconds(double seconds) {
    if (seconds < 0.001) return print("%.0f us", seconds * 1e6);
    if (seconds < 1) return print("%.1f ms", seconds * 1e3);
    return print("%.2f s", seconds);
}

}  // namespace example
