#pragma once
#include <gyre/fs/file.hpp>
#include <gyre/fs/open_flags.hpp>
#include <gyre/runtime/coroutine/task.hpp>

#include <string>

namespace gyre::fs {

// Opens a file:
//     auto file = co_await fs::open("log.txt", fs::write | fs::create | fs::truncate);
// `mode` is what a new file may be used for, less the process's umask.
// Returns: the file, with its cursor at 0; never inherited by a child process.
// Cancel: at once, and no open file is lost: it is closed; one that was just created may stay behind. Thread: a loop's.
// Throws: fs::error; std::invalid_argument for flags that contradict each other.
task<file> open(std::string path, open_flags flags = read, unsigned mode = 0666);

}  // namespace gyre::fs
