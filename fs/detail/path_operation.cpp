#include <gyre/fs/detail/path_operation.hpp>
#include <gyre/fs/detail/placement.hpp>
#include <gyre/fs/error.hpp>

#include <cerrno>

namespace gyre::detail {

path_operation::path_operation(opcode what, const std::string& path, unsigned permissions, int options) noexcept : file_awaiter(what) {
    fd = AT_FDCWD;
    address = path.c_str();
    mode = permissions;
    flags = static_cast<unsigned>(options);
}

path_operation::path_operation(const std::string& path, int options, unsigned permissions, where place) noexcept
    : path_operation(opcode::open, path, permissions, options) {
    where_ = place;
}

path_operation::path_operation(const std::string& path, int options, struct statx& into, where place) noexcept
    : path_operation(opcode::statx, path, STATX_BASIC_STATS | STATX_BTIME, options) {
    buffer = &into;
    where_ = place;
}

path_operation::path_operation(const std::string& from, const std::string& to) noexcept : path_operation(opcode::rename, from, 0) {
    other_fd = AT_FDCWD;
    buffer = const_cast<char*>(to.c_str());
}

bool path_operation::begin() {
    if (where_ == elsewhere) {
        submit_operation(branch_->owner(), *this);
        return false;
    }
    const char* const path = static_cast<const char*>(address);
    do {
        const auto got = call_inline([&]() -> std::int64_t {
            if (code == opcode::open) return ::open(path, static_cast<int>(flags), mode);
            return ::statx(fd, path, static_cast<int>(flags), mode, static_cast<struct statx*>(buffer));
        });
        if (!got) {
            submit_operation(branch_->owner(), *this);
            return false;
        }
        result = static_cast<std::int32_t>(*got);
    } while (result == -EINTR);
    return true;
}

void require_path(const std::string& path, std::string_view action) {
    if (path.find('\0') == std::string::npos) return;
    throw_file_error(EINVAL, action, path, quoted(std::string(path.c_str())), "; the path has a null character behind this");
}

}  // namespace gyre::detail
