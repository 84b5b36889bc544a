#include "access_log.hpp"

#include <fcntl.h>
#include <limits.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstdio>
#include <cstring>
#include <utility>

namespace {

// A pipe or a terminal may have no room. A file takes what it is given at once, and cannot be waited for.
bool may_block(int fd) {
    struct stat what{};
    return ::isatty(fd) == 1 || (::fstat(fd, &what) == 0 && (S_ISFIFO(what.st_mode) || S_ISSOCK(what.st_mode)));
}

// The same pipe or terminal, opened once more: O_NONBLOCK on the descriptor that we were given would be there for all programs that
// share it. Where it cannot be opened (a socket; another user's terminal) we write where poll() sees room, and not much.
int without_blocking(int fd) {
    const std::string path = "/proc/self/fd/" + std::to_string(fd);
    const int own = ::open(path.c_str(), O_WRONLY | O_NONBLOCK | O_NOCTTY | O_CLOEXEC);
    return own >= 0 ? own : fd;
}

}  // namespace

access_log::access_log()
    : fd_(may_block(STDOUT_FILENO) ? without_blocking(STDOUT_FILENO) : STDOUT_FILENO), wait_for_reader_(may_block(STDOUT_FILENO)) {}

access_log::~access_log() {
    if (fd_ != STDOUT_FILENO) ::close(fd_);
}

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
    std::string batch;
    while (true) {
        co_await something_.wait();
        something_.clear();
        batch = std::exchange(waiting_, std::string());
        for (std::size_t written = 0; written < batch.size() && !broken_;) {
            if (wait_for_reader_) co_await gyre::wait_writable(fd_);
            written += write_some(std::string_view(batch).substr(written));
        }
        if (finished_ && (waiting_.empty() || broken_)) co_return;
        if (!waiting_.empty()) something_.set();
    }
}

// A pipe that can be written to takes so much at once.
std::size_t access_log::write_some(std::string_view text) {
    const ssize_t n = ::write(fd_, text.data(), std::min<std::size_t>(text.size(), PIPE_BUF));
    if (n >= 0) return static_cast<std::size_t>(n);
    if (errno == EINTR || errno == EAGAIN) return 0;
    std::fprintf(stderr, "serve: no more lines for the responses: standard output: %s\n", std::strerror(errno));
    broken_ = true;
    waiting_.clear();
    return 0;
}
