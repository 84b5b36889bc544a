#pragma once
#include <gyre/fs/detail/placement.hpp>
#include <gyre/fs/fs.hpp>
#include <gyre/runtime/runtime.hpp>

#include <array>
#include <cerrno>
#include <cstdlib>
#include <filesystem>
#include <optional>
#include <stdexcept>
#include <string>
#include <system_error>
#include <utility>

namespace gyre::test {

// A new directory that is gone, with all in it, at the end.
class scratch_directory {
public:
    scratch_directory() : path_((std::filesystem::temp_directory_path() / "gyre-fs-XXXXXX").string()) {
        if (::mkdtemp(path_.data()) == nullptr) throw std::system_error(errno, std::generic_category(), "mkdtemp " + path_);
    }
    scratch_directory(const scratch_directory&) = delete;
    scratch_directory& operator=(const scratch_directory&) = delete;
    ~scratch_directory() {
        std::error_code ignored;
        std::filesystem::remove_all(path_, ignored);
    }

    const std::string& path() const noexcept { return path_; }
    std::string operator/(const std::string& name) const { return path_ + "/" + name; }
    // Names in it, hidden ones too.
    std::size_t entries() const {
        std::size_t n = 0;
        for ([[maybe_unused]] const auto& entry : std::filesystem::directory_iterator(path_)) ++n;
        return n;
    }

private:
    std::string path_;
};

// Every operation must do the same in the loop's thread and through the backend.
inline constexpr std::array both_places{detail::placement::automatic, detail::placement::always_backend};

class placed {
public:
    explicit placed(detail::placement where) noexcept { detail::set_placement(where); }
    placed(const placed&) = delete;
    ~placed() { detail::set_placement(detail::placement::automatic); }
};

// The fs::error that the task ends with; nothing when it succeeds.
template <class T>
task<std::optional<fs::error>> file_error_of(task<T> work) {
    try {
        co_await std::move(work);
    } catch (const fs::error& e) {
        co_return e;
    }
    co_return std::nullopt;
}

// Bytes that look random and are the same every time.
inline std::string pattern(std::size_t size, unsigned seed = 1) {
    std::string bytes(size, '\0');
    std::uint64_t state = seed * 2654435761u + 1;
    for (char& c : bytes) {
        state = state * 6364136223846793005u + 1442695040888963407u;
        c = static_cast<char>(state >> 56);
    }
    return bytes;
}

}  // namespace gyre::test
