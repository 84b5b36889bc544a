#pragma once
#include <memory>
#include <string>
#include <string_view>
#include <system_error>

namespace gyre::fs {

// Every failure of gyre::fs. code() is the system's errno in the generic category, so it compares with std::errc; what() names
// the operation, the path and the cause, and the cure where there is one:
//     gyre: cannot open 'x' for writing: Permission denied (EACCES)
class error : public std::system_error {
public:
    // `action` and `object` as they stand in the sentence: "open", "'x' for writing". `rest` goes behind the cause.
    error(int code, std::string_view action, std::string path, std::string_view object, std::string_view rest = std::string_view());

    const char* what() const noexcept override;
    // What failed: "open", "read", "write", "rename".
    const std::string& operation() const noexcept;
    // The path as it was given.
    const std::string& path() const noexcept;

private:
    struct facts;
    std::shared_ptr<const facts> facts_;  // shared, so that copies cannot fail
};

}  // namespace gyre::fs

namespace gyre::detail {

// Throws fs::error: cannot `action` 'path'.
[[noreturn]] void throw_file_error(int code, std::string_view action, const std::string& path);
[[noreturn]] void throw_file_error(int code, std::string_view action, const std::string& path, std::string_view object,
                                   std::string_view rest = std::string_view());

// The path in the quotes that it has in a message.
std::string quoted(std::string_view path);

}  // namespace gyre::detail
