#include "file_name.hpp"

#include <cstddef>
#include <string_view>

namespace {

constexpr std::size_t longest_name = 200;
constexpr std::size_t kept_end = 60;

bool safe(char c) { return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '.' || c == '-'; }

}  // namespace

std::string file_name(const gyre::http::url& url) {
    std::string name(url.host_and_port());
    name += url.target();
    if (name.ends_with('/')) name += "index.html";
    for (char& c : name)
        if (!safe(c)) c = '_';
    if (name.starts_with('.') || name.starts_with('-')) name.front() = '_';
    // The end often says what is in the file.
    if (name.size() > longest_name) name = name.substr(0, longest_name - kept_end - 1) + "_" + name.substr(name.size() - kept_end);
    return name;
}
