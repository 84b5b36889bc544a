#include <sys/stat.h>

#include "scratch.hpp"
#include "support/test.hpp"

using namespace gyre;
using namespace gyre::test;
using Catch::Matchers::Contains;

namespace {

task<std::vector<std::string>> lines_of(std::string path, std::size_t longest = fs::file::longest_line) {
    fs::file file = co_await fs::open(std::move(path));
    std::vector<std::string> all;
    auto lines = file.lines(longest);
    while (true) {
        std::optional<std::string> line = co_await lines.next();
        if (!line) break;
        all.push_back(std::move(*line));
    }
    co_return all;
}

using strings = std::vector<std::string>;

}  // namespace

GYRE_TEST("lines come without their ends, and the last one without any", "[lines]") {
    const scratch_directory dir;
    const std::vector<std::pair<std::string, strings>> cases{
        {"", {}},         {"a", {"a"}}, {"a\n", {"a"}}, {"a\nb", {"a", "b"}}, {"\n\n", {"", ""}}, {"a\r\nb\rc\r\n\r\n", {"a", "b\rc", ""}},
        {"a\r", {"a\r"}},
    };
    for (const auto where : both_places) {
        const placed here(where);
        for (const auto& [content, expected] : cases) {
            co_await fs::write_file(dir / "f", content);
            const strings got = co_await lines_of(dir / "f");
            REQUIRE(got == expected);
        }
    }
}

GYRE_TEST("lines of every length come whole, wherever the reads cut them", "[lines]") {
    const scratch_directory dir;
    strings expected;
    std::string content;
    for (std::size_t length = 0; length < 40'000; length += 1 + length / 3) {
        for (const std::size_t more : {0u, 1u, 2u}) {
            std::string line = pattern(length + more, static_cast<unsigned>(length));
            for (char& c : line)
                if (c == '\n' || c == '\r') c = ' ';
            content += line + (more == 1 ? "\r\n" : "\n");
            expected.push_back(std::move(line));
        }
    }
    co_await fs::write_file(dir / "f", content);
    for (const auto where : both_places) {
        const placed here(where);
        const strings got = co_await lines_of(dir / "f");
        const bool same = got == expected;
        REQUIRE(same);
    }
}

GYRE_TEST("a line that is too long is an error, and no memory without end", "[lines]") {
    const scratch_directory dir;
    co_await fs::write_file(dir / "f", "short\n" + std::string(5000, 'x'));
    strings got;
    std::string why;
    fs::file file = co_await fs::open(dir / "f");
    auto lines = file.lines(1000);
    try {
        while (true) {
            std::optional<std::string> line = co_await lines.next();
            if (!line) break;
            got.push_back(*line);
        }
    } catch (const fs::error& e) {
        why = e.what();
    }
    REQUIRE(got == strings{"short"});
    REQUIRE_THAT(why, Contains("longer than 1000 bytes"));
    const strings all = co_await lines_of(dir / "f", 5000);
    REQUIRE(all.size() == 2);
    fs::file endless = co_await fs::open("/dev/zero");
    auto zeros = endless.lines();
    why.clear();
    try {
        co_await zeros.next();
    } catch (const fs::error& e) {
        why = e.what();
    }
    REQUIRE_THAT(why, Contains("longer than 1048576 bytes"));
}

GYRE_TEST("the cursor stands behind the last line that was given", "[lines]") {
    const scratch_directory dir;
    co_await fs::write_file(dir / "f", std::string("one\ntwo\nthree\nfour\n"));
    fs::file file = co_await fs::open(dir / "f");
    {
        auto lines = file.lines();
        co_await lines.next();
        co_await lines.next();
    }
    REQUIRE(file.cursor() == 8);
    std::string rest(100, ' ');
    rest.resize(co_await file.read_some(rest));
    REQUIRE(rest == "three\nfour\n");

    file.seek(0);
    auto lines = file.lines();
    co_await lines.next();
    file.seek(14);
    const auto after_seek = co_await lines.next();
    REQUIRE(after_seek);
    REQUIRE(*after_seek == "four");
    const auto end = co_await lines.next();
    REQUIRE_FALSE(end);
}

GYRE_TEST("lines of a pipe come as they are written", "[lines]") {
    const scratch_directory dir;
    REQUIRE(::mkfifo((dir / "p").c_str(), 0600) == 0);
    fs::file out = co_await fs::open(dir / "p", fs::read | fs::write);
    fs::file in = co_await fs::open(dir / "p", fs::read | fs::write);
    auto lines = in.lines();
    co_await out.write_all("a\nb");
    auto line = co_await lines.next();
    REQUIRE(line);
    REQUIRE(*line == "a");
    co_await out.write_all("c\n");
    line = co_await lines.next();
    REQUIRE(line);
    REQUIRE(*line == "bc");
}

GYRE_TEST("closing the file ends its lines with an error, not with a crash", "[lines]") {
    const scratch_directory dir;
    co_await fs::write_file(dir / "f", std::string("one\ntwo\n"));
    fs::file file = co_await fs::open(dir / "f");
    auto lines = file.lines();
    co_await lines.next();
    co_await file.close();
    bool refused = false;
    try {
        co_await lines.next();
        co_await lines.next();
    } catch (const invalid_state_error&) {
        refused = true;
    }
    REQUIRE(refused);
}
