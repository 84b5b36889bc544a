#include "body_file.hpp"

#include <unistd.h>

#include <chrono>
#include <system_error>

using namespace std::chrono_literals;

namespace {

constexpr const char* part_suffix = ".part";

// Gives an empty file when the name is taken already.
gyre::task<gyre::fs::file> create(const std::string& path) {
    while (true) {
        try {
            co_return co_await gyre::fs::open(path, gyre::fs::write | gyre::fs::create_new);
        } catch (const gyre::fs::error& e) {
            if (e.code() == std::errc::file_exists) co_return gyre::fs::file();
            if (e.code() != std::errc::too_many_files_open && e.code() != std::errc::too_many_files_open_in_system) throw;
        }
        co_await gyre::sleep(100ms);  // until another download ends and closes its file
    }
}

// A symbolic link to nothing takes a name, too.
gyre::task<bool> is_taken(const std::string& path) {
    try {
        co_await gyre::fs::lstat(path);
    } catch (const gyre::fs::error& e) {
        if (e.code() == std::errc::no_such_file_or_directory) co_return false;
        throw;
    }
    co_return true;
}

}  // namespace

body_file::~body_file() {
    if (!part_.empty()) ::unlink(part_.c_str());
}

gyre::task<> body_file::enter() {
    bool taken = true;
    while (taken) {
        wanted_ = folder_.new_path(url_);
        const std::string part = wanted_ + part_suffix;
        file_ = co_await create(part);
        if (!file_) continue;
        part_ = part;
        // Looked for behind the .part file, which keeps another fetch out: what is not there now does not come.
        taken = co_await is_taken(wanted_);
        if (taken) {
            co_await file_.close();
            co_await gyre::fs::remove(part_);
            part_.clear();
        }
    }
}

gyre::task<> body_file::exit(std::exception_ptr error) {
    co_await file_.close();
    if (error) co_return;
    co_await gyre::fs::rename(part_, wanted_);
    part_.clear();
    path_ = wanted_;
}
