#include "access_log.hpp"

#include <limits.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstdio>
#include <cstring>
#include <utility>

namespace {

// A file takes what it is given at once, and cannot be waited for. That O_NONBLOCK is left alone has a reason: the open pipe or
// terminal is shared with other programs.
bool may_block(int fd) {
    struct stat what{};
    return ::isatty(fd) == 1 || (::fstat(fd, &what) == 0 && (S_ISFIFO(what.st_mode) || S_ISSOCK(what.st_mode)));
}

}  // namespace

void access_log::add(std::string_view line) {
    if (broken_) return;
    if (waiting_.size() + line.size() > most_waiting) {
        ++left_out_;
        return;
    }
    if (left_out_ > 0)
        waiting_ += "(" + std::to_string(std::exchange(left_out_, 0)) + " lines are left out here: nobody read them in time)\n";
    waiting_ += line;
    waiting_ += '\n';
    something_.set();
}

void access_log::finish() {
    finished_ = true;
    something_.set();
}

gyre::task<> access_log::run() {
    const bool wait_for_reader = may_block(STDOUT_FILENO);
    std::string batch;
    while (true) {
        co_await something_.wait();
        something_.clear();
        batch = std::exchange(waiting_, std::string());
        for (std::size_t written = 0; written < batch.size() && !broken_;) {
            if (wait_for_reader) co_await gyre::wait_writable(STDOUT_FILENO);
            written += write_some(std::string_view(batch).substr(written));
        }
        if (finished_ && (waiting_.empty() || broken_)) co_return;
        if (!waiting_.empty()) something_.set();
    }
}

// A pipe that can be written to takes so much without blocking.
std::size_t access_log::write_some(std::string_view text) {
    const ssize_t n = ::write(STDOUT_FILENO, text.data(), std::min<std::size_t>(text.size(), PIPE_BUF));
    if (n >= 0) return static_cast<std::size_t>(n);
    if (errno == EINTR || errno == EAGAIN) return 0;
    std::fprintf(stderr, "serve: no more lines for the responses: standard output: %s\n", std::strerror(errno));
    broken_ = true;
    waiting_.clear();
    return 0;
}
