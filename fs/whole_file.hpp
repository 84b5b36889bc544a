#pragma once
#include <gyre/runtime/coroutine/task.hpp>

#include <cstddef>
#include <span>
#include <string>

namespace gyre::fs {

// Returns: the file's bytes, as many as it had when it was opened; all that comes for one that has no size, as in /proc.
// Cancel: at once, nothing is lost. Thread: a loop's. Throws: fs::error; std::bad_alloc.
task<std::string> read_file(std::string path);

// Makes the file hold these bytes and nothing else; makes it when it is not there (`mode`, less the process's umask). Another
// process that reads meanwhile may see a part: replace_file() is for that.
// A span is not copied, and stays valid until the task has ended.
// Cancel: at once; what the file held is lost, it may be empty or hold a part. Thread: a loop's.
// Throws: fs::error; the file may then be empty, or hold a part.
task<void> write_file(std::string path, std::string data, unsigned mode = 0666);
task<void> write_file(std::string path, std::span<const std::byte> data, unsigned mode = 0666);

// The same in one step: at any time, after a crash or a power cut too, the path leads to the old file or to the new one, whole;
// what was there stays until the new one is on the device. Keeps the permissions of the old one. The new bytes go to a file
// beside it first (".<name>.<random>.tmp"), which does not stay behind, unless the process ends before.
// A symbolic link is replaced, not followed. It needs the right to write to the directory.
// Cancel: at once, nothing is lost: the old file or the new one is in place. Thread: a loop's.
// Throws: fs::error, with the old file in place, unless it was only the directory that could not be synced.
task<void> replace_file(std::string path, std::string data, unsigned mode = 0666);
task<void> replace_file(std::string path, std::span<const std::byte> data, unsigned mode = 0666);

}  // namespace gyre::fs
