#include "url_source.hpp"

#include <gyre/fs/fs.hpp>

#include <fcntl.h>
#include <unistd.h>

#include <cerrno>
#include <cstddef>
#include <string_view>
#include <system_error>
#include <utility>

namespace {

std::string trimmed(std::string_view line) {
    const std::size_t first = line.find_first_not_of(" \t\r");
    if (first == std::string_view::npos) return {};
    return std::string(line.substr(first, line.find_last_not_of(" \t\r") - first + 1));
}

gyre::fs::file standard_input() {
    const int fd = ::fcntl(STDIN_FILENO, F_DUPFD_CLOEXEC, 0);  // the file closes what it is given
    if (fd < 0) throw std::system_error(errno, std::generic_category(), "standard input");
    return gyre::fs::file(fd, "standard input");
}

gyre::task<> read_lines(gyre::fs::file& file, gyre::queue<given_url>& queue) {
    std::size_t number = 0;
    auto lines = file.lines();
    while (true) {
        const auto line = co_await lines.next();
        if (!line) co_return;
        ++number;
        given_url url{trimmed(*line), file.path() + ":" + std::to_string(number)};
        if (!url.text.empty()) co_await queue.put(std::move(url));
    }
}

}  // namespace

gyre::task<> read_urls(const options& given, gyre::queue<given_url>& queue) {
    const auto read = [&](gyre::fs::file& file) { return read_lines(file, queue); };
    for (const std::string& text : given.urls) {
        if (text == "-") {
            co_await gyre::with(standard_input(), read);
        } else {
            given_url url{text, "argument"};
            co_await queue.put(std::move(url));
        }
    }
    for (const std::string& path : given.files) co_await gyre::with(gyre::fs::open(path), read);
    queue.shutdown();
}
