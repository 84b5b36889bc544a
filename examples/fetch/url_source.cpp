#include "url_source.hpp"

#include <gyre/fs/fs.hpp>

#include <fcntl.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstddef>
#include <string_view>
#include <system_error>
#include <utility>
#include <vector>

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

// A line of a file, and of one that is too long only its beginning.
class given_line {
public:
    void add(std::string_view part) {
        size_ += part.size();
        if (size_ <= gyre::fs::file::longest_line)
            text_ += part;
        else
            text_.resize(std::min(text_.size(), shown_of_too_long));
    }
    // The URL in it; its text is empty when there is none. The line is then a new one, and empty.
    given_url take(const std::string& path) {
        ++number_;
        given_url url;
        std::string_view line = text_;
        constexpr std::string_view byte_order_mark = "\xEF\xBB\xBF";
        if (number_ == 1 && line.starts_with(byte_order_mark)) line.remove_prefix(byte_order_mark.size());
        url.text = trimmed(line);
        if (url.text.starts_with('#')) url.text.clear();
        url.where = path + ":" + std::to_string(number_);
        if (size_ > gyre::fs::file::longest_line)
            url.problem = "the line has " + std::to_string(size_) + " bytes, and no URL may have more than " +
                          std::to_string(gyre::fs::file::longest_line) + "; write one URL a line";
        text_.clear();
        size_ = 0;
        return url;
    }
    bool empty() const { return size_ == 0; }

private:
    static constexpr std::size_t shown_of_too_long = 100;

    std::string text_;
    std::size_t size_ = 0;
    std::size_t number_ = 0;
};

gyre::task<> read_lines(gyre::fs::file& file, gyre::queue<given_url>& queue) {
    std::vector<char> buffer(64 * 1024);
    given_line line;
    while (true) {
        const std::size_t got = co_await file.read_some(buffer);
        std::string_view rest(buffer.data(), got);
        for (std::size_t end = rest.find('\n'); end != std::string_view::npos; end = rest.find('\n')) {
            line.add(rest.substr(0, end));
            rest.remove_prefix(end + 1);
            auto url = line.take(file.path());
            if (!url.text.empty()) co_await queue.put(std::move(url));
        }
        line.add(rest);
        if (got == 0) break;
    }
    if (line.empty()) co_return;  // the last one may lack its '\n'
    auto url = line.take(file.path());
    if (!url.text.empty()) co_await queue.put(std::move(url));
}

}  // namespace

gyre::task<> read_urls(const options& given, gyre::queue<given_url>& queue) {
    const auto read = [&](gyre::fs::file& file) { return read_lines(file, queue); };
    for (const std::string& text : given.urls) {
        if (text == "-") {
            co_await gyre::with(standard_input(), read);
        } else {
            given_url url;
            url.text = text;
            url.where = "argument";
            co_await queue.put(std::move(url));
        }
    }
    for (const std::string& path : given.files) co_await gyre::with(gyre::fs::open(path), read);
    queue.shutdown();
}
