#include "output_folder.hpp"

#include "file_name.hpp"

#include <chrono>
#include <system_error>

using namespace std::chrono_literals;

gyre::task<> output_folder::make() const { co_await gyre::fs::make_directories(path_); }

gyre::task<gyre::fs::file> output_folder::create(const gyre::http::url& url) {
    const std::string name = file_name(url);
    while (true) {
        unsigned& number = used_[name];
        const std::string path = path_ + "/" + name + (number == 0 ? "" : "-" + std::to_string(number + 1));
        ++number;
        try {
            co_return co_await gyre::fs::open(path, gyre::fs::write | gyre::fs::create_new);
        } catch (const gyre::fs::error& e) {
            if (e.code() == std::errc::too_many_files_open || e.code() == std::errc::too_many_files_open_in_system)
                --used_[name];
            else if (e.code() == std::errc::file_exists)
                continue;
            else
                throw;
        }
        co_await gyre::sleep(100ms);  // until another download ends and closes its file
    }
}
