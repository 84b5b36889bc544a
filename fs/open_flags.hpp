#pragma once

// Thread: any.
namespace gyre::fs {

// How a file is opened. Combined with |.
enum class open_flags : unsigned {
    read = 1,
    write = 2,
    create = 4,      // when it does not exist; needs write
    create_new = 8,  // and fail when it exists; needs write
    truncate = 16,   // to nothing when it exists; needs write
    append = 32,     // every write goes to the end, wherever that is by then; implies write
};

constexpr open_flags operator|(open_flags a, open_flags b) noexcept {
    return static_cast<open_flags>(static_cast<unsigned>(a) | static_cast<unsigned>(b));
}
constexpr open_flags operator&(open_flags a, open_flags b) noexcept {
    return static_cast<open_flags>(static_cast<unsigned>(a) & static_cast<unsigned>(b));
}
constexpr open_flags& operator|=(open_flags& a, open_flags b) noexcept { return a = a | b; }
// True when `all` has every flag of `wanted`.
constexpr bool has(open_flags all, open_flags wanted) noexcept { return (all & wanted) == wanted; }

inline constexpr open_flags read = open_flags::read;
inline constexpr open_flags write = open_flags::write;
inline constexpr open_flags create = open_flags::create;
inline constexpr open_flags create_new = open_flags::create_new;
inline constexpr open_flags truncate = open_flags::truncate;
inline constexpr open_flags append = open_flags::append;

}  // namespace gyre::fs
