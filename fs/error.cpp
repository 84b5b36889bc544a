#include <gyre/fs/error.hpp>

#include <cerrno>
#include <cstring>
#include <utility>

namespace gyre::fs {

struct error::facts {
    std::string message;
    std::string operation;
    std::string path;
};

namespace {

std::string cause(int code) {
    std::string text = std::generic_category().message(code);
#ifdef __GLIBC__
    if (const char* name = ::strerrorname_np(code)) text.append(" (").append(name).append(")");
#endif
    return text;
}

std::string_view cure(int code) {
    switch (code) {
        case EMFILE:
            return "; close files earlier, work on fewer at once, or raise the limit (ulimit -n)";
        case ENFILE:
            return "; the whole system has too many files open (sysctl fs.file-max)";
        case EXDEV:
            return "; they lie on different file systems, copy it instead";
        default:
            return std::string_view();
    }
}

}  // namespace

error::error(int code, std::string_view action, std::string path, std::string_view object, std::string_view rest)
    : std::system_error(code, std::generic_category()) {
    auto made = std::make_shared<facts>();
    made->message.append("gyre: cannot ").append(action).append(" ").append(object).append(": ").append(cause(code));
    made->message.append(rest).append(cure(code));
    made->operation = action;
    made->path = std::move(path);
    facts_ = std::move(made);
}

const char* error::what() const noexcept { return facts_->message.c_str(); }
const std::string& error::operation() const noexcept { return facts_->operation; }
const std::string& error::path() const noexcept { return facts_->path; }

}  // namespace gyre::fs

namespace gyre::detail {

std::string quoted(std::string_view path) {
    std::string text = "'";
    text.append(path).append("'");
    return text;
}

void throw_file_error(int code, std::string_view action, const std::string& path) { throw_file_error(code, action, path, quoted(path)); }

void throw_file_error(int code, std::string_view action, const std::string& path, std::string_view object, std::string_view rest) {
    throw fs::error(code, action, path, object, rest);
}

}  // namespace gyre::detail
