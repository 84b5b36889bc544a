// Running another program from a test, without blocking the loop.
#pragma once
#include <gyre/runtime/runtime.hpp>

#include <string>
#include <string_view>
#include <vector>

namespace gyre::test {

struct program_result {
    program_result() {}
    int status = -1;  // as the shell has it: 128 and the signal for one that was killed
    std::string out;
    std::string err;
};

// Its place by PATH; empty when it is not installed.
std::string find_program(std::string_view name);

// Runs it to its end, with an empty input. Cancelled, it kills the program. Throws: std::system_error.
task<program_result> run_program(std::vector<std::string> words);

}  // namespace gyre::test
