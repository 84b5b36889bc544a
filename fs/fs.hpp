#pragma once
// The fs module: files and directories.

#include <gyre/fs/error.hpp>
#include <gyre/fs/file.hpp>
#include <gyre/fs/open.hpp>
#include <gyre/fs/open_flags.hpp>
#include <gyre/fs/paths.hpp>
#include <gyre/fs/status.hpp>
#include <gyre/fs/whole_file.hpp>
