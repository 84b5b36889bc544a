#pragma once
#include "progress.hpp"

#include <gyre/runtime/runtime.hpp>

#include <exception>
#include <utility>

namespace example {

// Exit statuses.
enum ending {
    all_came = 0,
    some_failed = 1,
    cannot_go_on = 2,   // no room on the disk, a malformed option: nobody's fault on the network
    interrupted = 130,  // as a shell has it for Ctrl-C
};

// Does the work and shows its progress, until the work ends, fails, or is stopped by Ctrl-C.
inline gyre::task<ending> run_with_progress(gyre::task<> work, progress& shown) {
    auto how = all_came;
    try {
        co_await gyre::race(std::move(work), shown.run());
    } catch (const gyre::cancelled_error&) {
        how = interrupted;
    } catch (const std::exception& e) {
        shown.note(std::string("stopped: ") + e.what());
        how = cannot_go_on;
    }
    shown.clear();
    co_return how;
}

}  // namespace example
