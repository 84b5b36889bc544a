#pragma once
#include <gyre/fs/detail/placement.hpp>
#include <gyre/fs/fs.hpp>
#include <gyre/runtime/runtime.hpp>

#include <array>
#include <optional>
#include <string>
#include <utility>

#include "support/scratch_directory.hpp"

namespace gyre::test {

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
