#include "output_folder.hpp"

#include "file_name.hpp"

#include <gyre/fs/fs.hpp>

gyre::task<> output_folder::make() const { co_await gyre::fs::make_directories(path_); }

std::string output_folder::new_path(const gyre::http::url& url) {
    const std::string name = file_name(url);
    const unsigned number = ++used_[name];
    return path_ + "/" + name + (number == 1 ? "" : "-" + std::to_string(number));
}
