#include <gyre/fs/error.hpp>
#include <gyre/fs/file.hpp>

#include <unistd.h>

#include <algorithm>
#include <cerrno>

namespace gyre::fs {
namespace {

// What one system call asks for. Little enough to keep for every file that is being read by lines.
constexpr std::size_t chunk_bytes = 16 * 1024;

// Reads ahead of the file's cursor, which stands behind the last line that was given.
class line_reader {
public:
    line_reader(detail::file_ref file, std::size_t longest) noexcept : file_(std::move(file)), longest_(longest) {}

    // The next line when a whole one is buffered, or the rest at the end of the file.
    bool take(std::string& line) {
        if (file_->seekable && file_->cursor != expected_) forget();
        const std::size_t found = buffer_.find('\n', scanned_);
        if (found == std::string::npos) {
            scanned_ = buffer_.size();
            require_length(buffer_.size() - begin_);
            if (!ended_ || begin_ == buffer_.size()) return false;
            line.assign(buffer_, begin_);
            advance(buffer_.size());
            return true;
        }
        require_length(found - begin_);
        line.assign(buffer_, begin_, found - begin_);
        if (!line.empty() && line.back() == '\r') line.pop_back();
        advance(found + 1);
        return true;
    }

    bool ended() const noexcept { return ended_; }

    // Where the next bytes go; they come from position().
    std::span<std::byte> room() {
        if (begin_ != 0) {
            buffer_.erase(0, begin_);
            scanned_ -= begin_;
            begin_ = 0;
        }
        filled_ = buffer_.size();
        buffer_.resize(filled_ + std::max(chunk_bytes, filled_));
        return std::as_writable_bytes(std::span(buffer_)).subspan(filled_);
    }
    std::uint64_t position() const noexcept { return file_->cursor + filled_; }
    void received(std::size_t bytes) {
        buffer_.resize(filled_ + bytes);
        ended_ = bytes == 0;
    }

private:
    void forget() noexcept {
        buffer_.clear();
        begin_ = scanned_ = 0;
        ended_ = false;
        expected_ = file_->cursor;
    }
    void advance(std::size_t to) noexcept {
        if (file_->seekable) expected_ = file_->cursor += to - begin_;
        begin_ = scanned_ = to;
    }
    void require_length(std::size_t length) const {
        if (length > longest_)
            detail::throw_file_error(EMSGSIZE, "read the lines of", file_->path(), detail::quoted(file_->path()),
                                     "; one is longer than " + std::to_string(longest_) + " bytes, ask for lines(more) if that is right");
    }

    detail::file_ref file_;
    std::size_t longest_;
    std::string buffer_;
    std::size_t begin_ = 0;    // of what was not given
    std::size_t scanned_ = 0;  // no newline in front of this
    std::size_t filled_ = 0;   // what room() stands behind
    std::uint64_t expected_ = file_->cursor;
    bool ended_ = false;
};

async_generator<std::string> lines_of(detail::file_ref file, std::size_t longest) {
    // A pipe opened by its path shows only now.
    if (file->is_open() && ::lseek(file->fd(), 0, SEEK_CUR) < 0) file->seekable = false;
    line_reader reader(file, longest);
    std::string line;
    while (true) {
        file->require_open("read the lines of");
        while (reader.take(line)) co_yield std::move(line);
        if (reader.ended()) co_return;
        const std::span<std::byte> room = reader.room();
        std::size_t got = 0;
        if (file->seekable)
            got = co_await detail::file_read(file, reader.position(), room, false);
        else
            got = co_await detail::file_read::from_cursor(file, room);
        reader.received(got);
    }
}

}  // namespace

async_generator<std::string> file::lines(std::size_t longest) { return lines_of(state("read the lines of"), longest); }

}  // namespace gyre::fs
