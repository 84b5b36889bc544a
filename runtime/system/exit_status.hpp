#pragma once
#include <optional>
#include <string>

namespace gyre {

// How a process ended: with a code of its own, or by a signal. Neither when the system did not tell, because the program has
// SIGCHLD ignored or waits for its children elsewhere as well.
// Thread: any.
class exit_status {
public:
    exit_status() noexcept = default;
    static exit_status exited(int code) noexcept { return exit_status(how::exited, code); }
    static exit_status killed(int signal, bool dumped_core) noexcept {
        return exit_status(dumped_core ? how::dumped_core : how::killed, signal);
    }

    // True for code 0.
    bool success() const noexcept { return how_ == how::exited && number_ == 0; }
    // 0 to 255; nullopt when a signal ended it. A shell gives 127 for a program that it does not find, and 128 + n for
    // one that signal n ended.
    std::optional<int> code() const noexcept {
        if (how_ != how::exited) return std::nullopt;
        return number_;
    }
    // The signal that ended it; nullopt when it ended by itself.
    std::optional<int> signal() const noexcept {
        if (how_ != how::killed && how_ != how::dumped_core) return std::nullopt;
        return number_;
    }
    bool core_dumped() const noexcept { return how_ == how::dumped_core; }

    // "exited with code 3", "was ended by SIGKILL". Throws: std::bad_alloc.
    std::string to_string() const;

    friend bool operator==(const exit_status&, const exit_status&) noexcept = default;

private:
    enum class how : unsigned char { unknown, exited, killed, dumped_core };
    exit_status(how h, int number) noexcept : how_(h), number_(number) {}

    how how_ = how::unknown;
    int number_ = 0;
};

}  // namespace gyre
