#pragma once

#include <gyre/runtime/coroutine/task.hpp>

#include <chrono>

namespace gyre::http::detail {

// For opening a file while the process has no descriptor left: some become free as other answers end.
class descriptor_wait {
public:
    // After this error another try may do better; false when it is another error, or enough have been made.
    bool may_help(int error) const noexcept;
    // Before it: a little, and a little longer each time.
    task<> pause();

private:
    std::chrono::milliseconds pause_{10};
    std::chrono::milliseconds waited_{0};
};

}  // namespace gyre::http::detail
