#include <gyre/fs/detail/placement.hpp>
#include <gyre/fs/detail/transfer.hpp>
#include <gyre/fs/error.hpp>

#include <sys/uio.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <string>

namespace gyre::detail {
namespace {

// What an inline copy of so many bytes counts for, in awaits.
constexpr std::size_t bytes_per_hop = 16 * 1024;

}  // namespace

bool file_transfer::begin() {
    file_->require_open(action());
    if (uses_cursor_) {
        file_->claim_cursor(action());
        claimed_ = true;
        start_ = file_->cursor;
    }
    if (wanted_ == 0) return true;
    if (wanted_ <= inline_bytes && may_run_inline() && move_inline()) {
        inline_work_ = 1 + done_ / bytes_per_hop;
        return true;
    }
    submit_piece();
    return false;
}

void file_transfer::submit_piece() {
    fd = file_->fd();
    offset = position();
    cancel_asked = false;
    next_piece();
    submit_operation(branch_->owner(), *this);
    file_->begin_operation();
}

void file_transfer::completed() noexcept {
    file_->end_operation();
    if (take_piece(result)) try {
            return submit_piece();
        } catch (...) {
            error_ = ENOMEM;
        }
    branch_->wake();
}

// True when the rest should be asked for.
bool file_transfer::take_piece(std::int32_t got) noexcept {
    if (got > 0) done_ += static_cast<std::size_t>(got);
    if (got >= 0 && satisfied(static_cast<std::size_t>(got))) return false;
    if (!file_->is_open()) {
        error_ = EBADF;
        return false;
    }
    const bool stopped = got >= 0 ? cancel_asked : got == -ECANCELED || got == -EINTR;
    if (stopped && branch_->cancel_is_due()) {
        error_ = ECANCELED;
        return false;
    }
    if (got > 0 || stopped || give_up_positions(-got)) return true;
    error_ = got == 0 ? EIO : -got;
    return false;
}

bool file_transfer::give_up_positions(int error) noexcept {
    if (error != ESPIPE || !uses_cursor_ || !file_->seekable) return false;
    file_->seekable = false;
    file_->writes = file_state::way::backend;
    return true;
}

void file_transfer::free_cursor() noexcept {
    if (!claimed_) return;
    claimed_ = false;
    file_->free_cursor();
}

void file_transfer::settle() {
    // One that never began, for a cancel that was due already.
    if (error_ == 0 && result == -ECANCELED) error_ = ECANCELED;
    if (claimed_) {
        const bool moves = file_->seekable && !(code == opcode::write && file_->appending);
        if (moves) file_->cursor = start_ + done_;
        free_cursor();
    }
    if (error_ == 0) [[likely]]
        return;
    if (error_ == ECANCELED && branch_->cancel_is_due()) branch_->throw_cancelled();
    std::string rest;
    if (error_ == EBADF) {
        if (file_->is_open())
            rest.append("; open it with fs::").append(action());
        else
            rest = "; it was closed meanwhile";
    }
    if (code == opcode::write && done_ != 0) rest += ", after " + std::to_string(done_) + " of " + std::to_string(wanted_) + " bytes";
    throw_file_error(error_, action(), file_->path(), quoted(file_->path()), rest);
}

// ---------------------------------------------------------------- reading

bool file_read::move_inline() {
    switch (file_->reads) {
        case file_state::way::ask:
            return read_asking();
        case file_state::way::plain:
            return read_plain();
        case file_state::way::backend:
            break;
    }
    return false;
}

bool file_read::take_read(std::int64_t got) noexcept {
    if (got < 0) {
        if (got == -EINTR || give_up_positions(static_cast<int>(-got))) return false;
        error_ = static_cast<int>(-got);
        return true;
    }
    done_ += static_cast<std::size_t>(got);
    return satisfied(static_cast<std::size_t>(got));
}

bool file_read::read_asking() {
    while (true) {
        iovec rest{into_ + done_, wanted_ - done_};
        const auto got = result_or_errno(::preadv2(file_->fd(), &rest, 1, static_cast<off_t>(position()), RWF_NOWAIT));
        if (got == -EAGAIN) return false;
        if (got == -EOPNOTSUPP) {
            const bool quick = file_->seekable && reads_from_memory(file_->fd());
            file_->reads = quick ? file_state::way::plain : file_state::way::backend;
            return quick && read_plain();
        }
        if (take_read(got)) return true;
    }
}

bool file_read::read_plain() {
    while (true) {
        const auto got =
            call_inline([this] { return ::pread(file_->fd(), into_ + done_, wanted_ - done_, static_cast<off_t>(position())); });
        if (!got) return false;
        if (take_read(*got)) return true;
    }
}

void file_read::next_piece() noexcept {
    buffer = into_ + done_;
    size = std::min(wanted_ - done_, read_piece_bytes);
}

std::size_t file_read::await_resume() {
    settle();
    return done_;
}

// ---------------------------------------------------------------- writing

bool file_write::move_inline() {
    switch (file_->writes) {
        case file_state::way::ask:
            return write_asking();
        case file_state::way::plain:
            return write_plain();
        case file_state::way::backend:
            break;
    }
    return false;
}

bool file_write::take_write(std::int64_t put) noexcept {
    if (put > 0) {
        done_ += static_cast<std::size_t>(put);
        return done_ == wanted_;
    }
    if (put == -EINTR) return false;
    error_ = put == 0 ? EIO : static_cast<int>(-put);
    return true;
}

bool file_write::write_asking() {
    while (true) {
        iovec rest{const_cast<std::byte*>(from_ + done_), wanted_ - done_};
        const auto put = result_or_errno(::pwritev2(file_->fd(), &rest, 1, static_cast<off_t>(position()), RWF_NOWAIT));
        if (put == -EAGAIN || give_up_positions(static_cast<int>(-put))) return false;
        if (put == -EOPNOTSUPP) {
            const bool quick = file_->seekable && writes_to_page_cache(file_->fd());
            file_->writes = quick ? file_state::way::plain : file_state::way::backend;
            return quick && write_plain();
        }
        if (take_write(put)) return true;
    }
}

bool file_write::write_plain() {
    while (true) {
        const auto put =
            call_inline([this] { return ::pwrite(file_->fd(), from_ + done_, wanted_ - done_, static_cast<off_t>(position())); });
        if (!put) return false;
        if (take_write(*put)) return true;
    }
}

void file_write::next_piece() noexcept {
    address = from_ + done_;
    size = std::min(wanted_ - done_, write_piece_bytes);
}

void file_write::await_resume() { settle(); }

}  // namespace gyre::detail
