#pragma once
#include <array>
#include <cstddef>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace gyre {

// Where a standard stream of a child leads.
//   inherit  where the program's own does
//   null     /dev/null: nothing to read, writes vanish
//   pipe     to the process object: write_in(), out(), err(), communicate()
//   merge    of the error stream: where the output leads
enum class stdio { inherit, null, pipe, merge };

namespace detail {

// The standard streams, by their numbers in the child.
enum class standard_stream : unsigned char { in, out, err };
inline constexpr std::size_t index_of(standard_stream s) noexcept { return static_cast<std::size_t>(s); }

inline constexpr std::string_view name_of(standard_stream s) noexcept {
    constexpr std::array<std::string_view, 3> names = {"standard input", "standard output", "standard error stream"};
    return names[index_of(s)];
}

// What a command has been told.
struct command_settings {
    struct destination {
        std::optional<stdio> kind;
        int fd = -1;  // instead of a kind
        bool chosen() const noexcept { return kind || fd >= 0; }
    };

    struct variable {
        variable(std::string n, std::optional<std::string> v) : name(std::move(n)), value(std::move(v)) {}
        std::string name;
        std::optional<std::string> value;
    };

    explicit command_settings(std::string program) { words.push_back(std::move(program)); }

    std::vector<std::string> words;  // the program first
    // In the order given; no value: the variable is left out.
    std::vector<variable> variables;
    bool own_environment = true;
    bool new_session = false;
    std::string directory;
    std::array<destination, 3> streams;
};

}  // namespace detail
}  // namespace gyre
