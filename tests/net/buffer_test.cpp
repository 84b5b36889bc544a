// ctest: backend=none
#include <gyre/net/buffer.hpp>

#include <array>
#include <catch2/catch.hpp>
#include <cstddef>
#include <span>
#include <string>
#include <string_view>
#include <vector>

using gyre::net::const_buffer;
using gyre::net::mutable_buffer;

TEST_CASE("bytes to write are what the range holds, and a literal's characters", "[buffer]") {
    CHECK(const_buffer("hello").size() == 5);
    CHECK(const_buffer("a\0b").size() == 3);
    const char* pointer = "hello";
    CHECK(const_buffer(pointer).size() == 5);
    char array[8] = "ab";
    CHECK(const_buffer(array).size() == 8);
    const char unterminated[3] = {'a', 'b', 'c'};
    CHECK(const_buffer(unterminated).size() == 3);
    CHECK(const_buffer(std::string("hello")).size() == 5);
    CHECK(const_buffer(std::string_view("hell")).size() == 4);
    CHECK(const_buffer(std::vector<std::byte>(9)).size() == 9);
    const std::array<unsigned char, 4> bytes{};
    CHECK(const_buffer(bytes).size() == 4);
    CHECK(const_buffer(std::span<const std::byte>()).size() == 0);
    CHECK(const_buffer(array, 2).size() == 2);
}

TEST_CASE("memory to read into is any range of bytes that may be written", "[buffer]") {
    char array[8];
    CHECK(mutable_buffer(array).size() == 8);
    std::string text(5, 'x');
    CHECK(mutable_buffer(text).data() == text.data());
    std::vector<std::byte> bytes(3);
    CHECK(mutable_buffer(bytes).size() == 3);
    CHECK(mutable_buffer(std::span<char>(array, 4)).size() == 4);
    STATIC_REQUIRE_FALSE(std::is_constructible_v<mutable_buffer, const std::string&>);
    STATIC_REQUIRE_FALSE(std::is_constructible_v<mutable_buffer, std::string_view>);
    STATIC_REQUIRE_FALSE(std::is_constructible_v<mutable_buffer, std::vector<int>&>);
}
