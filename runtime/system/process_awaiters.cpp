#include <gyre/runtime/coroutine/errors.hpp>
#include <gyre/runtime/system/process_awaiters.hpp>

#include <poll.h>

#include <algorithm>
#include <cerrno>
#include <string>
#include <system_error>

namespace gyre::detail {
namespace {

// Pipes have no positions.
constexpr std::uint64_t at_cursor = ~std::uint64_t{0};
constexpr std::size_t largest_piece = std::size_t{1} << 30;

constexpr std::array<std::string_view, 3> setters = {"in", "out", "err"};

std::string stream_of(const process_state& child, standard_stream which) {
    return "the " + std::string(name_of(which)) + " of " + child.title();
}

int require_pipe(const process_state& child, standard_stream which) {
    const int fd = child.pipe(which);
    if (fd >= 0) return fd;
    throw invalid_state_error("gyre: " + stream_of(child, which) + " is no pipe, or has been closed; start it with command::" +
                              std::string(setters[index_of(which)]) + "(gyre::stdio::pipe)");
}

[[noreturn]] void throw_pipe_error(int code, const char* action, const process_state& child, standard_stream which) {
    std::string message = std::string("gyre: cannot ") + action + stream_of(child, which);
    if (code == EPIPE) message += ", which has ended or has closed it";
    if (code == ECANCELED) message += ": it was closed meanwhile";
    throw std::system_error(code, std::generic_category(), message);
}

}  // namespace

process_wait::process_wait(process_ref child) noexcept : process_awaiter(opcode::poll, std::move(child)) {
    fd = child_->pidfd();
    flags = POLLIN;
}

exit_status process_wait::await_resume() {
    const int got = finish();
    if (got < 0) throw std::system_error(-got, std::generic_category(), "gyre: cannot wait for " + child_->title());
    return child_->status();
}

process_read::process_read(process_ref child, standard_stream from, char* to, std::size_t bytes)
    : process_awaiter(opcode::read, std::move(child)), from_(from) {
    fd = require_pipe(*child_, from);
    buffer = to;
    size = std::min(bytes, largest_piece);
    offset = at_cursor;
}

std::size_t process_read::await_resume() {
    const int got = finish();
    if (got < 0) throw_pipe_error(-got, "read ", *child_, from_);
    return static_cast<std::size_t>(got);
}

process_write::process_write(process_ref child, std::string_view data) : process_awaiter(opcode::write, std::move(child)), left_(data) {
    fd = require_pipe(*child_, standard_stream::in);
    offset = at_cursor;
    next_piece();
}

void process_write::next_piece() noexcept {
    address = left_.data();
    size = std::min(left_.size(), largest_piece);
}

void process_write::completed() noexcept {
    if (result > 0) {
        left_.remove_prefix(static_cast<std::size_t>(result));
        // Closed meanwhile: the number may be another file's.
        const bool open = child_->pipe(standard_stream::in) == fd;
        if (!left_.empty()) result = -ECANCELED;
        if (!left_.empty() && open && !cancel_asked) try {
                next_piece();
                return submit_operation(branch_->owner(), *this);
            } catch (const std::exception&) {
                result = -ENOMEM;
            }
    }
    branch_->wake();
}

void process_write::await_resume() {
    const int got = finish();
    if (got < 0) throw_pipe_error(-got, "write to ", *child_, standard_stream::in);
}

}  // namespace gyre::detail
