#pragma once
#include <gyre/fs/fs.hpp>
#include <gyre/runtime/runtime.hpp>
#include <gyre/runtime/sync/mutex.hpp>

#include <string>
#include <string_view>
#include <utility>

namespace example {

// A file that many tasks write lines to: each line is there, whole, as soon as its write() has returned. Made for
// gyre::with(), which closes it. With an empty file, nothing is written.
class line_file {
public:
    explicit line_file(gyre::fs::file file) : file_(std::move(file)) {}

    // Awaited by who has made the line, so that a slow disk slows the work down. The line is taken at the call: a cancel that
    // comes now or later (Ctrl-C) ends the waiting, not the writing, and neither loses nor cuts a line.
    auto write(std::string_view line) {
        waiting_ += line;
        waiting_ += '\n';
        return gyre::shield(flush());
    }

    gyre::task<> close() {
        co_await flush();
        if (file_) co_await file_.close();
    }

private:
    // What has gathered while another task was writing goes out in one piece.
    gyre::task<> flush() {
        const auto turn = co_await mutex_.lock();
        const std::string lines = std::exchange(waiting_, std::string());
        if (lines.empty() || broken_ || !file_) co_return;
        broken_ = true;  // unless this ends well: behind half a line nothing is written any more
        co_await file_.write_all(lines);
        broken_ = false;
    }

    gyre::fs::file file_;
    gyre::mutex mutex_;
    std::string waiting_;
    bool broken_ = false;
};

}  // namespace example
