#pragma once
#include <gyre/runtime/coroutine/task.hpp>

#include <string>

// Operations on names. A relative path begins at the process's working directory.
namespace gyre::fs {

// Makes one directory. `mode` is what it may be used for, less the process's umask.
// Cancel: at once; the outcome is lost, the directory may be there. Thread: a loop's.
// Throws: fs::error, when it exists already too.
task<void> make_directory(std::string path, unsigned mode = 0777);

// Makes the directory, and those above it that are missing; others may do the same at the same time.
// Returns: true when it was not there before.
// Cancel: at once; the outcome is lost, some of the directories may be there. Thread: a loop's.
// Throws: fs::error, also when something that is no directory is in the way.
task<bool> make_directories(std::string path, unsigned mode = 0777);

// Removes a file, a symbolic link (not what it points to) or an empty directory.
// Returns: false when there was nothing.
// Cancel: at once; the outcome is lost, it may be gone. Thread: a loop's.
// Throws: fs::error, for a directory with something in it too.
task<bool> remove(std::string path);

// Gives a file or a directory another name on the same file system. A file that has the name already is replaced in one step:
// at any time the name leads to the old one or to the new one.
// Cancel: at once; the outcome is lost, it may have its new name. Thread: a loop's.
// Throws: fs::error.
task<void> rename(std::string from, std::string to);

}  // namespace gyre::fs
