#include <algorithm>
#include <random>

#include "scratch.hpp"
#include "support/test.hpp"

using namespace gyre;
using namespace gyre::test;

namespace {

constexpr auto everything = fs::read | fs::write | fs::create | fs::truncate;

// What a file must hold after the same calls.
class model {
public:
    void write(std::size_t at, const std::string& data) {
        if (data.empty()) return;
        if (bytes_.size() < at + data.size()) bytes_.resize(at + data.size());
        std::copy(data.begin(), data.end(), bytes_.begin() + static_cast<std::ptrdiff_t>(at));
    }
    std::string read(std::size_t at, std::size_t size) const { return at >= bytes_.size() ? std::string() : bytes_.substr(at, size); }
    void truncate(std::size_t size) { bytes_.resize(size); }
    const std::string& bytes() const noexcept { return bytes_; }

private:
    std::string bytes_;
};

task<std::string> read_at(const fs::file& file, std::size_t at, std::size_t size) {
    std::string got(size, '?');
    got.resize(co_await file.read_at(at, got));
    co_return got;
}

task<void> play_against_model(std::string path, unsigned seed) {
    fs::file file = co_await fs::open(std::move(path), everything);
    model expected;
    std::mt19937 random(seed);
    const auto below = [&](std::size_t n) { return std::uniform_int_distribution<std::size_t>(0, n - 1)(random); };
    const auto some_size = [&] {
        switch (below(10)) {
            case 0:
                return below(600'000);
            case 1:
                return std::size_t(0);
            case 2:
                return below(70'000);
            default:
                return below(5'000);
        }
    };
    for (int step = 0; step < 150; ++step) {
        const std::size_t at = below(400'000);
        switch (below(8)) {
            case 0: {
                const std::size_t size = below(500'000);
                expected.truncate(size);
                co_await file.truncate(size);
                break;
            }
            case 1:
            case 2:
            case 3: {
                const std::size_t size = some_size();
                const std::string got = co_await read_at(file, at, size);
                const bool same = got == expected.read(at, size);
                REQUIRE(same);
                break;
            }
            default: {
                const std::string data = pattern(some_size(), static_cast<unsigned>(step));
                expected.write(at, data);
                co_await file.write_at(at, data);
            }
        }
        const std::uint64_t size = co_await file.size();
        REQUIRE(size == expected.bytes().size());
    }
    const std::string all = co_await read_at(file, 0, expected.bytes().size() + 10);
    const bool same = all == expected.bytes();
    REQUIRE(same);
}

task<void> write_stripe(fs::file& file, std::size_t index, std::size_t width, std::size_t parts) {
    const std::string data = pattern(width, static_cast<unsigned>(index));
    for (std::size_t part = 0; part < parts; ++part)
        co_await file.write_at(index * width + part * (width / parts),
                               std::string_view(data).substr(part * (width / parts), width / parts));
}

}  // namespace

GYRE_TEST("random reads, writes and truncations agree with memory", "[positional]") {
    const scratch_directory dir;
    for (const auto where : both_places) {
        const placed here(where);
        std::vector<task<void>> games;
        for (unsigned seed = 1; seed <= 6; ++seed) games.push_back(play_against_model(dir / std::to_string(seed), seed));
        co_await gather(std::move(games));
    }
}

GYRE_TEST("a read gives less than asked for only at the end, and nothing past it", "[positional]") {
    const scratch_directory dir;
    for (const auto where : both_places) {
        const placed here(where);
        for (const std::size_t size : {std::size_t(0), std::size_t(1), std::size_t(5000), std::size_t(3'500'000)}) {
            const std::string content = pattern(size);
            co_await fs::write_file(dir / "f", content);
            const fs::file file = co_await fs::open(dir / "f");
            std::string got = co_await read_at(file, 0, size + 100'000);
            bool same = got == content;
            REQUIRE(same);
            got = co_await read_at(file, 0, size);
            same = got == content;
            REQUIRE(same);
            got = co_await read_at(file, size / 2, size);
            same = got == content.substr(size / 2);
            REQUIRE(same);
            got = co_await read_at(file, size, 10);
            REQUIRE(got.empty());
            got = co_await read_at(file, size + 1'000'000, 10);
            REQUIRE(got.empty());
        }
    }
}

GYRE_TEST("a large write is written in full", "[positional]") {
    const scratch_directory dir;
    const std::string content = pattern(11'000'003);
    for (const auto where : both_places) {
        const placed here(where);
        fs::file file = co_await fs::open(dir / "large", everything);
        co_await file.write_at(0, content);
        const std::string got = co_await read_at(file, 0, content.size() + 1);
        const bool same = got == content;
        REQUIRE(same);
    }
}

GYRE_TEST("many tasks write to one file side by side", "[positional]") {
    const scratch_directory dir;
    constexpr std::size_t width = 12'000;
    for (const auto where : both_places) {
        const placed here(where);
        fs::file file = co_await fs::open(dir / "striped", everything);
        std::vector<task<void>> writers;
        for (std::size_t i = 0; i < 64; ++i) writers.push_back(write_stripe(file, i, width, 6));
        co_await gather(std::move(writers));
        for (std::size_t i = 0; i < 64; ++i) {
            const std::string got = co_await read_at(file, i * width, width);
            const bool same = got == pattern(width, static_cast<unsigned>(i));
            REQUIRE(same);
        }
    }
}

GYRE_TEST("writing nothing and reading into nothing do nothing", "[positional]") {
    const scratch_directory dir;
    fs::file file = co_await fs::open(dir / "empty", everything);
    co_await file.write_at(1000, std::string_view());
    const std::uint64_t size = co_await file.size();
    REQUIRE(size == 0);
    const std::size_t got = co_await file.read_at(0, std::span<char>());
    REQUIRE(got == 0);
}

GYRE_TEST("bytes and chars are the same to a file", "[positional]") {
    const scratch_directory dir;
    fs::file file = co_await fs::open(dir / "bytes", everything);
    const std::vector<std::byte> out{std::byte{'a'}, std::byte{0}, std::byte{0xff}};
    co_await file.write_at(0, out);
    std::array<std::byte, 8> in{};
    const std::size_t got = co_await file.read_at(0, in);
    REQUIRE(got == 3);
    REQUIRE(std::equal(out.begin(), out.end(), in.begin()));
    char text[2] = {};
    const std::size_t two = co_await file.read_at(0, text);
    REQUIRE(two == 2);
    REQUIRE(text[0] == 'a');
}

GYRE_TEST("a hole reads as zeros", "[positional]") {
    const scratch_directory dir;
    fs::file file = co_await fs::open(dir / "sparse", everything);
    co_await file.write_at(5'000'000'000, "end");
    const std::uint64_t size = co_await file.size();
    REQUIRE(size == 5'000'000'003);
    const std::string got = co_await read_at(file, 4'999'999'998, 5);
    REQUIRE(got == std::string("\0\0end", 5));
}

GYRE_TEST("a file opened for one thing refuses the other, and says how to open it", "[positional]") {
    const scratch_directory dir;
    co_await fs::write_file(dir / "f", std::string("x"));
    for (const auto where : both_places) {
        const placed here(where);
        fs::file reader = co_await fs::open(dir / "f");
        fs::file writer = co_await fs::open(dir / "f", fs::write);
        std::string why;
        try {
            co_await reader.write_at(0, "y");
        } catch (const fs::error& e) {
            why = e.what();
        }
        REQUIRE_THAT(why, Catch::Matchers::Contains("open it with fs::write"));
        try {
            std::string into(1, ' ');
            co_await writer.read_at(0, into);
        } catch (const fs::error& e) {
            why = e.what();
        }
        REQUIRE_THAT(why, Catch::Matchers::Contains("open it with fs::read"));
    }
}

GYRE_TEST("reads and writes of what the page cache holds do not hold other tasks up", "[positional]") {
    const scratch_directory dir;
    fs::file file = co_await fs::open(dir / "f", everything);
    const std::string data = pattern(64 * 1024);
    bool stop = false;
    int turns = 0;
    auto other = spawn([&]() -> task<void> {
        while (!stop) {
            ++turns;
            co_await yield();
        }
    });
    for (int i = 0; i < 256; ++i) co_await file.write_at(0, data);
    stop = true;
    co_await other;
    // 16 MiB in all: a turn for every MiB at least.
    REQUIRE(turns >= 16);
}
