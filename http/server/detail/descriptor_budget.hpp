#pragma once

#include <cstddef>

namespace gyre::http::detail {

// How many connections the process's limit of open files (RLIMIT_NOFILE) leaves room for. Some are kept back, for the files that
// answers are made of and for what else the program opens: a server that accepts until nothing is left can answer nobody.
class descriptor_budget {
public:
    // Counts what is open now; before the first connection.
    void measure() noexcept;
    // By the limit as it is now; 1 at least.
    std::size_t connections() const noexcept;

private:
    std::size_t open_before_ = 0;
};

}  // namespace gyre::http::detail
