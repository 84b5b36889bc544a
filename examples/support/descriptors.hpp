#pragma once
#include <sys/resource.h>

#include <algorithm>
#include <cstddef>
#include <cstdio>

namespace example {

// Raises the limit on open file descriptors as far as the system lets it, and gives it.
inline std::size_t raise_descriptor_limit() {
    rlimit limit{};
    if (::getrlimit(RLIMIT_NOFILE, &limit) != 0) return static_cast<std::size_t>(-1);
    limit.rlim_cur = limit.rlim_max;
    ::setrlimit(RLIMIT_NOFILE, &limit);
    return static_cast<std::size_t>(limit.rlim_cur);
}

// With the limit raised: how many things that need `each` descriptors may go on at once, at most `wanted`, at least 1; says so on
// stderr when that is less than wanted.
inline std::size_t affordable(std::size_t wanted, std::size_t each) {
    constexpr std::size_t other = 24;  // standard streams, the loop, DNS servers, files of our own
    const std::size_t open_files = raise_descriptor_limit();
    const std::size_t most = std::max<std::size_t>(open_files > other ? (open_files - other) / each : 1, 1);
    if (most >= wanted) return wanted;
    std::fprintf(stderr, "this process may open %zu files (ulimit -n), so it works on %zu at once instead of %zu\n", open_files, most,
                 wanted);
    return most;
}

}  // namespace example
