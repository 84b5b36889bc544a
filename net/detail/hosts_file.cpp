#include <gyre/net/detail/host_name.hpp>
#include <gyre/net/detail/hosts_file.hpp>

#include <sys/stat.h>

#include <algorithm>
#include <fstream>
#include <iterator>

namespace gyre::net::detail {
namespace {

constexpr std::string_view blanks = " \t\r\f\v";

// The next word of `line`, which loses it.
std::string_view next_word(std::string_view& line) noexcept {
    line.remove_prefix(std::min(line.size(), line.find_first_not_of(blanks)));
    const std::string_view word = line.substr(0, line.find_first_of(blanks));
    line.remove_prefix(word.size());
    return word;
}

}  // namespace

const std::vector<address>* hosts_file::find(std::string_view name, clock_time now) {
    if (path_.empty()) return nullptr;
    if (!looked_ || now - *looked_ >= std::chrono::seconds(1)) {
        looked_ = now;
        refresh();
    }
    const auto found = names_.find(std::string(name));
    return found == names_.end() ? nullptr : &found->second;
}

void hosts_file::refresh() {
    struct stat now{};
    if (::stat(path_.c_str(), &now) != 0) return names_.clear();
    const bool same = now.st_mtim.tv_sec == changed_.tv_sec && now.st_mtim.tv_nsec == changed_.tv_nsec && now.st_size == size_;
    if (same) return;
    changed_ = now.st_mtim;
    size_ = now.st_size;
    std::ifstream file(path_, std::ios::binary);
    const std::string text((std::istreambuf_iterator<char>(file)), std::istreambuf_iterator<char>());
    names_.clear();
    parse(text);
}

void hosts_file::parse(std::string_view text) {
    while (!text.empty()) {
        const std::size_t end = std::min(text.size(), text.find('\n'));
        std::string_view line = text.substr(0, end);
        text.remove_prefix(std::min(text.size(), end + 1));
        line = line.substr(0, line.find('#'));
        const auto parsed = address::parse(next_word(line));
        if (!parsed) continue;
        for (std::string_view word = next_word(line); !word.empty(); word = next_word(line)) {
            std::vector<address>& known = names_[canonical_name(word)];
            if (std::find(known.begin(), known.end(), *parsed) == known.end()) known.push_back(*parsed);
        }
    }
}

}  // namespace gyre::net::detail
