#pragma once
#include <gyre/runtime/coroutine/task.hpp>

#include <chrono>
#include <cstdint>
#include <string>

namespace gyre::fs {

enum class file_type : std::uint8_t { regular, directory, symlink, pipe, socket, character_device, block_device, unknown };

// What the system knows about a file.
// Thread: any, one at a time.
struct file_status {
    file_status() {}

    bool is_regular() const noexcept { return type == file_type::regular; }
    bool is_directory() const noexcept { return type == file_type::directory; }
    bool is_symlink() const noexcept { return type == file_type::symlink; }

    file_type type = file_type::unknown;
    unsigned permissions = 0;  // 07777
    std::uint64_t size = 0;    // bytes
    std::uint64_t links = 0;
    unsigned user = 0;
    unsigned group = 0;
    std::uint64_t device = 0;  // with the inode: two paths with both equal are one file
    std::uint64_t inode = 0;
    std::chrono::system_clock::time_point accessed;
    std::chrono::system_clock::time_point modified;  // the content
    std::chrono::system_clock::time_point changed;   // what this struct says
    std::chrono::system_clock::time_point created;   // the epoch where the file system keeps no such time
};

// Returns: what the path leads to, through symbolic links.
// Cancel: at once, nothing is lost. Thread: a loop's. Throws: fs::error, for a path that leads to nothing too.
task<file_status> stat(std::string path);
// The same of a symbolic link itself.
task<file_status> lstat(std::string path);

// Returns: whether the path leads to something; false for a symbolic link to nothing.
// Cancel: at once, nothing is lost. Thread: a loop's. Throws: fs::error when it cannot be known.
task<bool> exists(std::string path);

}  // namespace gyre::fs
