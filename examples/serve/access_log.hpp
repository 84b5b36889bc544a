#pragma once
#include <gyre/runtime/runtime.hpp>
#include <gyre/runtime/sync/event.hpp>

#include <cstddef>
#include <string>
#include <string_view>

// Lines for standard output that hold up nobody: they are written as fast as the reader takes them. Of a pager that shows its first
// screen, or a terminal that was stopped, the server knows nothing; what is too much meanwhile is left out, and counted.
class access_log {
public:
    access_log();
    access_log(const access_log&) = delete;
    ~access_log();

    void add(std::string_view line);

    // Writes, until it is cancelled or finish() has been called and all is written. Throws nothing but cancelled_error: when the reader
    // has gone it says so on stderr, once, and drops what comes.
    gyre::task<> run();
    // No line comes any more.
    void finish();

private:
    static constexpr std::size_t most_waiting = 1024 * 1024;

    std::size_t write_some(std::string_view text);

    int fd_;
    bool wait_for_reader_;
    std::string waiting_;
    std::size_t left_out_ = 0;
    bool finished_ = false;
    bool broken_ = false;
    gyre::event something_;
};
