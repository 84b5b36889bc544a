#include <gyre/runtime/system/find_program.hpp>

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <string_view>
#include <system_error>

namespace gyre::detail {
namespace {

// What execvp() takes when there is no PATH.
constexpr std::string_view path_by_default = "/bin:/usr/bin";

std::string_view path_of(const std::vector<std::string>& environment) {
    constexpr std::string_view name = "PATH=";
    for (const std::string& variable : environment)
        if (variable.starts_with(name)) return std::string_view(variable).substr(name.size());
    return path_by_default;
}

// 0 or an errno.
int executable(int directory, const std::string& file) noexcept {
    struct stat what{};
    if (::fstatat(directory, file.c_str(), &what, 0) != 0) return errno;
    if (!S_ISREG(what.st_mode)) return EACCES;
    return ::faccessat(directory, file.c_str(), X_OK, AT_EACCESS) == 0 ? 0 : errno;
}

}  // namespace

std::string find_program(const std::string& name, const std::vector<std::string>& environment, int directory) {
    if (name.find('/') != std::string::npos) return name;
    const std::string_view path = path_of(environment);
    std::string not_executable;
    for (std::size_t begin = 0; begin <= path.size();) {
        const std::size_t end = std::min(path.find(':', begin), path.size());
        std::string file(path.substr(begin, end - begin));
        if (!file.empty() && file.back() != '/') file += '/';
        file += name;
        const int error = executable(directory, file);
        if (error == 0) return file;
        if (error == EACCES && not_executable.empty()) not_executable = std::move(file);
        begin = end + 1;
    }
    const std::string what = "gyre: cannot start '" + name + "': ";
    if (!not_executable.empty())
        throw std::system_error(EACCES, std::generic_category(), what + not_executable + " is not a file that this user may execute");
    throw std::system_error(ENOENT, std::generic_category(), what + "no such program in PATH, " + std::string(path));
}

}  // namespace gyre::detail
