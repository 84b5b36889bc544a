#pragma once
#include <gyre/fs/fs.hpp>
#include <gyre/runtime/runtime.hpp>

#include <stdexcept>
#include <string>

namespace example {

// Opens, or makes, the file for the results, to be written from its start. What an earlier run has left there goes only when that is
// wanted: the same command once more, after Ctrl-C, must not take hours of work away.
// Throws: std::runtime_error when there is something and it is to stay; `cure` says what to do; gyre::fs::error.
inline gyre::task<gyre::fs::file> open_results(std::string path, bool overwrite, std::string cure) {
    auto file = co_await gyre::fs::open(path, gyre::fs::write | gyre::fs::create);
    const auto size = co_await file.size();
    if (size > 0) {
        if (!overwrite) throw std::runtime_error("'" + path + "' holds results already: " + cure);
        co_await file.truncate(0);
    }
    co_return file;
}

}  // namespace example
