#include <gyre/runtime/testing/file_descriptors.hpp>

#include <dirent.h>
#include <unistd.h>

#include <array>
#include <cstdlib>
#include <stdexcept>

namespace gyre::testing {

std::map<int, std::string> open_file_descriptors() {
    std::map<int, std::string> result;
    DIR* directory = ::opendir("/proc/self/fd");
    if (directory == nullptr) throw std::runtime_error("cannot read /proc/self/fd: is /proc mounted?");
    const int own = ::dirfd(directory);
    while (const dirent* entry = ::readdir(directory)) {
        if (entry->d_name[0] == '.') continue;
        const int fd = std::atoi(entry->d_name);
        if (fd == own) continue;
        std::array<char, 4096> target{};
        const ssize_t length = ::readlinkat(own, entry->d_name, target.data(), target.size() - 1);
        result[fd] = length < 0 ? "?" : std::string(target.data(), static_cast<std::size_t>(length));
    }
    ::closedir(directory);
    return result;
}

std::size_t open_file_descriptor_count() { return open_file_descriptors().size(); }

std::vector<std::string> opened_since(const std::map<int, std::string>& before) {
    std::vector<std::string> result;
    for (const auto& [fd, target] : open_file_descriptors()) {
        const auto known = before.find(fd);
        if (known == before.end() || known->second != target) result.push_back("fd " + std::to_string(fd) + " (" + target + ")");
    }
    return result;
}

}  // namespace gyre::testing
