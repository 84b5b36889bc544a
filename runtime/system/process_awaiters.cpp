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

[[noreturn]] void throw_pipe_error(int code, const char* action, const process_state& child, standard_stream which) {
    std::string message = std::string("gyre: cannot ") + action + child.title_of(which);
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

pipe_read::pipe_read(process_ref child, standard_stream from, char* to, std::size_t bytes)
    : process_awaiter(opcode::read, std::move(child)), from_(from) {
    fd = child_->require_pipe(from);
    buffer = to;
    size = std::min(bytes, largest_piece);
    offset = at_cursor;
}

std::size_t pipe_read::came() {
    int got = finish();
    // A dropped process closes its pipes and kills its child: whether the read met the one or the other's end is up to chance.
    if (got == 0 && size != 0 && child_->pipe(from_) < 0) got = -ECANCELED;
    if (got < 0) throw_pipe_error(-got, "read ", *child_, from_);
    return static_cast<std::size_t>(got);
}

process_read::process_read(const pipe_turn& mine, char* to, std::size_t bytes)
    : pipe_read(mine.child(), mine.stream(), to, bytes), has_turn_(true) {}

bool process_read::done_already() {
    if (size == 0) return true;
    process_state::incoming& from = has_turn_ ? child_->incoming_from(from_) : child_->require_free(from_);
    result = static_cast<std::int32_t>(from.unread.take(static_cast<char*>(buffer), size));
    return result != 0;
}

std::size_t process_fill::await_resume() {
    const std::size_t n = came();
    child_->incoming_from(from_).unread.commit(n);
    return n;
}

process_write::process_write(process_ref child, std::string_view data) : process_awaiter(opcode::write, std::move(child)), left_(data) {
    fd = child_->require_pipe(standard_stream::in);
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
