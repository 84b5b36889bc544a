#pragma once
#include "printable.hpp"

#include <gyre/runtime/runtime.hpp>

#include <sys/ioctl.h>
#include <unistd.h>

#include <algorithm>
#include <chrono>
#include <cstddef>
#include <cstdio>
#include <functional>
#include <string>
#include <utility>

namespace example {

// Says on stderr how far the work is. On a terminal that is one line, which is written over ten times a second; elsewhere, in a
// log file say, it is a new line each second.
class progress {
public:
    explicit progress(std::function<std::string()> text) : text_(std::move(text)) {}
    progress(const progress&) = delete;
    ~progress() { clear(); }

    // Runs beside the work, until it is cancelled.
    gyre::task<> run() {
        using namespace std::chrono_literals;
        while (true) {
            co_await gyre::sleep(terminal_ ? 100ms : 1000ms);
            show();
        }
    }

    // A line that stays, such as an error, whatever a file or a peer has put into it.
    void note(const std::string& line) {
        clear();
        std::fprintf(stderr, "%s\n", printable(line).c_str());
    }

    // The same, but only for the first few: the thousandth failure is not worth reading.
    void note_failure(const std::string& line) {
        constexpr std::size_t most = 20;
        if (++failures_ <= most) note(line);
        if (failures_ == most) note("(more failures are not shown; --jsonl has them all)");
    }

    // Takes the line on the terminal away, so that something else can be printed.
    void clear() {
        if (std::exchange(shown_, false)) std::fputs("\r\x1b[K", stderr);
    }

private:
    void show() {
        std::string line = text_();
        if (!terminal_) return note(line);
        // A line that is broken into two could not be written over.
        winsize window{};
        if (::ioctl(STDERR_FILENO, TIOCGWINSZ, &window) == 0 && window.ws_col > 0)
            line.resize(std::min<std::size_t>(line.size(), window.ws_col - 1U));
        std::fprintf(stderr, "\r%s\x1b[K", line.c_str());
        shown_ = true;
    }

    std::function<std::string()> text_;
    bool terminal_ = ::isatty(STDERR_FILENO) == 1;
    bool shown_ = false;
    std::size_t failures_ = 0;
};

}  // namespace example
