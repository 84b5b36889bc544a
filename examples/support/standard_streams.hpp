#pragma once
#include "ending.hpp"

#include <fcntl.h>
#include <unistd.h>

#include <cerrno>
#include <cstdio>
#include <cstring>

namespace example {

// For the beginning of main(): a standard stream that the caller has closed (`>&-`) stays unusable, but its number is taken. Else the
// next file that is opened would get what is printed.
inline void occupy_standard_streams() {
    for (const int fd : {STDIN_FILENO, STDOUT_FILENO, STDERR_FILENO})
        if (::fcntl(fd, F_GETFD) == -1 && errno == EBADF) ::open("/dev/null", fd == STDIN_FILENO ? O_WRONLY : O_RDONLY);
}

// For the end: whether what was printed has come out.
inline ending after_printing(ending how) {
    const bool flushed = std::fflush(stdout) == 0;
    const int error = errno;
    if (flushed && std::ferror(stdout) == 0) return how;
    std::fprintf(stderr, "the summary cannot be written to standard output: %s\n", flushed ? "a write has failed" : std::strerror(error));
    return how == interrupted ? interrupted : cannot_go_on;
}

}  // namespace example
