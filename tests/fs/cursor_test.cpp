#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include "scratch.hpp"
#include "support/test.hpp"

using namespace gyre;
using namespace gyre::test;
using Catch::Matchers::Contains;

namespace {

task<std::string> read_some(fs::file& file, std::size_t size) {
    std::string got(size, '?');
    got.resize(co_await file.read_some(got));
    co_return got;
}

// Both ends in one: a pipe that never ends.
task<fs::file> open_pipe(std::string path) {
    REQUIRE(::mkfifo(path.c_str(), 0600) == 0);
    co_return co_await fs::open(std::move(path), fs::read | fs::write);
}

}  // namespace

GYRE_TEST("the cursor goes on where the last read or write ended", "[cursor]") {
    for (const auto where : both_places) {
        const placed here(where);
        const scratch_directory dir;
        fs::file file = co_await fs::open(dir / "f", fs::read | fs::write | fs::create);
        co_await file.write_all("hello ");
        co_await file.write_all(std::string("world"));
        REQUIRE(file.cursor() == 11);
        std::string got = co_await read_some(file, 10);
        REQUIRE(got.empty());
        file.seek(6);
        got = co_await read_some(file, 3);
        REQUIRE(got == "wor");
        co_await file.write_all("LD");
        file.seek(0);
        got = co_await read_some(file, 100);
        REQUIRE(got == "hello worLD");
        // What is read and written at positions leaves it alone.
        co_await file.write_at(0, "J");
        REQUIRE(file.cursor() == 11);
    }
}

GYRE_TEST("reading to the end gives the whole file, in any portions", "[cursor]") {
    const scratch_directory dir;
    const std::string content = pattern(300'000);
    co_await fs::write_file(dir / "f", content);
    for (const auto where : both_places) {
        const placed here(where);
        for (const std::size_t portion : {7'777u, 100'000u, 1'000'000u}) {
            fs::file file = co_await fs::open(dir / "f");
            std::string all;
            while (true) {
                const std::string got = co_await read_some(file, portion);
                if (got.empty()) break;
                all += got;
            }
            const bool same = all == content;
            REQUIRE(same);
        }
    }
}

GYRE_TEST("appending goes to the end, whoever else writes, and leaves the reader's cursor", "[cursor]") {
    for (const auto where : both_places) {
        const placed here(where);
        const scratch_directory dir;
        fs::file log = co_await fs::open(dir / "log", fs::read | fs::append | fs::create);
        fs::file other = co_await fs::open(dir / "log", fs::append);
        co_await log.write_all("one ");
        co_await other.write_all("two ");
        co_await log.write_at(0, "three");
        REQUIRE(log.cursor() == 0);
        const std::string got = co_await read_some(log, 100);
        REQUIRE(got == "one two three");
    }
}

GYRE_TEST("two tasks on one cursor at once are an error that names the cure", "[cursor]") {
    const scratch_directory dir;
    const placed by_backend(detail::placement::always_backend);
    fs::file file = co_await fs::open(dir / "f", fs::read | fs::write | fs::create);
    auto first = spawn([&]() -> task<void> { co_await file.write_all("aaaa"); });
    auto second = spawn([&]() -> task<void> { co_await file.write_all("bbbb"); });
    co_await first;
    std::string why;
    try {
        co_await second;
    } catch (const invalid_state_error& e) {
        why = e.what();
    }
    REQUIRE_THAT(why, Contains("another task is using its cursor"));
    REQUIRE(file.cursor() == 4);
    co_await file.write_all("c");
    REQUIRE(file.cursor() == 5);
}

GYRE_TEST("a pipe is read and written as it comes, and waits while it is empty", "[cursor]") {
    for (const auto where : both_places) {
        const placed here(where);
        const scratch_directory dir;
        fs::file pipe = co_await open_pipe(dir / "p");
        co_await pipe.write_all("abc");
        std::string got = co_await read_some(pipe, 2);
        REQUIRE(got == "ab");
        got = co_await read_some(pipe, 100);
        REQUIRE(got == "c");
        auto waiting = spawn(read_some(pipe, 10));
        for (int i = 0; i < 50; ++i) co_await yield();
        REQUIRE_FALSE(waiting.done());
        fs::file other = co_await fs::open(dir / "p", fs::read | fs::write);
        co_await other.write_all("late");
        got = co_await waiting;
        REQUIRE(got == "late");
    }
}

GYRE_TEST("an fd that comes from elsewhere goes on where it stands, and belongs to the file", "[cursor]") {
    const scratch_directory dir;
    co_await fs::write_file(dir / "f", std::string("0123456789"));
    const int fd = ::open((dir / "f").c_str(), O_RDONLY | O_CLOEXEC);
    REQUIRE(::lseek(fd, 4, SEEK_SET) == 4);
    {
        fs::file file(fd, "inherited");
        const std::string got = co_await read_some(file, 3);
        REQUIRE(got == "456");
        std::string why;
        try {
            co_await file.write_all("x");
        } catch (const fs::error& e) {
            why = e.what();
        }
        REQUIRE_THAT(why, Contains("cannot write 'inherited'"));
    }
    REQUIRE(::fcntl(fd, F_GETFD) == -1);
}
