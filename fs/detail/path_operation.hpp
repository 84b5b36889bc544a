#pragma once
#include <gyre/fs/detail/awaiter.hpp>

#include <fcntl.h>
#include <sys/stat.h>

#include <string>
#include <string_view>

namespace gyre::detail {

// One operation on paths. The paths live in the awaiting coroutine.
// Gives the result, or a negative errno; throws cancelled_error when a cancel ended it.
class [[nodiscard("co_await it")]] path_operation final : public file_awaiter {
public:
    // --- opens: give an fd
    static path_operation open(const std::string& path, int flags, unsigned mode) noexcept { return path_operation(path, flags, mode); }
    // Only ever makes a new file, in the loop's thread; -EEXIST when there is something.
    static path_operation create_inline(const std::string& path, int flags, unsigned mode) noexcept {
        return path_operation(path, flags | O_CREAT | O_EXCL | O_CLOEXEC, mode, here);
    }

    static path_operation look(const std::string& path, int flags, struct statx& into) noexcept {
        return path_operation(path, flags, into, elsewhere);
    }
    // The same in the loop's thread, from what the kernel has cached.
    static path_operation look_inline(const std::string& path, int flags, struct statx& into) noexcept {
        return path_operation(path, flags | AT_STATX_DONT_SYNC, into, here);
    }

    static path_operation make_directory(const std::string& path, unsigned mode) noexcept {
        return path_operation(opcode::mkdir, path, mode);
    }
    // `flags`: AT_REMOVEDIR for a directory.
    static path_operation remove(const std::string& path, int flags) noexcept { return path_operation(opcode::unlink, path, 0, flags); }
    static path_operation rename(const std::string& from, const std::string& to) noexcept { return path_operation(from, to); }

    int await_resume() { return finish(); }

private:
    enum where : bool { here, elsewhere };

    path_operation(opcode what, const std::string& path, unsigned permissions, int options = 0) noexcept;
    path_operation(const std::string& path, int options, unsigned permissions, where place = elsewhere) noexcept;
    path_operation(const std::string& path, int options, struct statx& into, where place) noexcept;
    path_operation(const std::string& from, const std::string& to) noexcept;
    bool begin() override;

    where where_ = elsewhere;
};

// Throws fs::error for a path with a null character, which the system would read as a shorter one.
void require_path(const std::string& path, std::string_view action);

}  // namespace gyre::detail
