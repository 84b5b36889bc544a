#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include "scratch.hpp"
#include "support/test.hpp"

using namespace gyre;
using namespace gyre::test;
using Catch::Matchers::Contains;

namespace {

bool is_open(int fd) { return ::fcntl(fd, F_GETFD) != -1; }

task<std::string> what_ends(task<std::size_t> reading) {
    try {
        co_await std::move(reading);
    } catch (const std::exception& e) {
        co_return e.what();
    }
    co_return "nothing";
}

task<std::size_t> read_forever(fs::file& pipe) {
    std::string into(10, ' ');
    co_return co_await pipe.read_some(into);
}

task<fs::file> open_pipe(std::string path) {
    REQUIRE(::mkfifo(path.c_str(), 0600) == 0);
    co_return co_await fs::open(std::move(path), fs::read | fs::write);
}

}  // namespace

GYRE_TEST("a file that goes out of scope is closed at once", "[close]") {
    const scratch_directory dir;
    int fd = -1;
    {
        fs::file file = co_await fs::open(dir / "f", fs::write | fs::create);
        co_await file.write_all("x");
        fd = file.fd();
    }
    REQUIRE_FALSE(is_open(fd));
    // So that a loop over many files never runs out of them, however long the kernel is not visited.
    for (int i = 0; i < 5000; ++i) co_await fs::open(dir / "f", fs::write | fs::create);
}

GYRE_TEST("a file may move, also to one that is open", "[close]") {
    const scratch_directory dir;
    fs::file a = co_await fs::open(dir / "a", fs::write | fs::create);
    fs::file b = co_await fs::open(dir / "b", fs::write | fs::create);
    const int first = a.fd();
    const int second = b.fd();
    b = std::move(a);
    REQUIRE(b.fd() == first);
    REQUIRE_FALSE(is_open(second));
    REQUIRE_FALSE(a.is_open());
    co_await b.write_all("moved");
    fs::file& same = b;
    b = std::move(same);
    REQUIRE(is_open(first));
    co_await a.close();
    std::string why;
    try {
        co_await a.write_all("x");
    } catch (const invalid_state_error& e) {
        why = e.what();
    }
    REQUIRE_THAT(why, Contains("empty file object"));
}

GYRE_TEST("a closed file refuses everything, and says that it is closed", "[close]") {
    const scratch_directory dir;
    fs::file file = co_await fs::open(dir / "f", fs::read | fs::write | fs::create);
    // Made before the close, awaited after.
    auto late = file.write_at(0, "x");
    co_await file.close();
    int refused = 0;
    const auto refuses = [&](auto awaiter_of) -> task<void> {
        try {
            co_await awaiter_of();
        } catch (const invalid_state_error& e) {
            if (std::string_view(e.what()).find("this file is closed") != std::string_view::npos) ++refused;
        }
    };
    std::string buffer(4, ' ');
    co_await refuses([&] { return file.read_at(0, buffer); });
    co_await refuses([&] { return file.write_at(0, "x"); });
    co_await refuses([&] { return file.read_some(buffer); });
    co_await refuses([&] { return file.write_all("x"); });
    co_await refuses([&] { return file.size(); });
    co_await refuses([&] { return file.truncate(0); });
    co_await refuses([&] { return file.sync(); });
    co_await refuses([&] { return file.sync_data(); });
    REQUIRE(refused == 8);
    bool late_refused = false;
    try {
        co_await std::move(late);
    } catch (const invalid_state_error&) {
        late_refused = true;
    }
    REQUIRE(late_refused);
}

GYRE_TEST("close ends what waits on the file, which is told so", "[close]") {
    const scratch_directory dir;
    fs::file pipe = co_await open_pipe(dir / "p");
    const int fd = pipe.fd();
    auto waiting = spawn(what_ends(read_forever(pipe)));
    for (int i = 0; i < 50; ++i) co_await yield();
    REQUIRE_FALSE(waiting.done());
    co_await pipe.close();
    const std::string why = co_await waiting;
    REQUIRE_THAT(why, Contains("it was closed meanwhile"));
    REQUIRE_FALSE(is_open(fd));
}

GYRE_TEST("a file that is destroyed ends what waits on it", "[close]") {
    const scratch_directory dir;
    auto pipe = std::make_unique<fs::file>(co_await open_pipe(dir / "p"));
    const int fd = pipe->fd();
    auto waiting = spawn(what_ends(read_forever(*pipe)));
    for (int i = 0; i < 50; ++i) co_await yield();
    pipe.reset();
    const std::string why = co_await waiting;
    REQUIRE_THAT(why, Contains("it was closed meanwhile"));
    for (int i = 0; i < 100'000 && is_open(fd); ++i) co_await yield();
    REQUIRE_FALSE(is_open(fd));
}

GYRE_TEST("with closes the file, also when its body fails", "[close]") {
    const scratch_directory dir;
    int fd = -1;
    bool thrown = false;
    try {
        co_await with(fs::open(dir / "f", fs::write | fs::create), [&](fs::file& out) -> task<void> {
            fd = out.fd();
            co_await out.write_all("kept");
            throw std::runtime_error("body");
        });
    } catch (const std::runtime_error&) {
        thrown = true;
    }
    REQUIRE(thrown);
    REQUIRE_FALSE(is_open(fd));
    const std::string got = co_await fs::read_file(dir / "f");
    REQUIRE(got == "kept");
}

GYRE_TEST("sync and sync_data return once the data is on the device", "[close]") {
    const scratch_directory dir;
    fs::file file = co_await fs::open(dir / "f", fs::write | fs::create);
    co_await file.write_all(pattern(100'000));
    co_await file.sync_data();
    co_await file.sync();
    co_await file.close();
    // What cannot be synced says so.
    fs::file zero = co_await fs::open("/dev/null");
    std::string why;
    try {
        co_await zero.sync();
    } catch (const fs::error& e) {
        why = e.what();
    }
    REQUIRE_THAT(why, Contains("cannot sync '/dev/null'"));
}

TEST_CASE("a file may outlive its loop", "[close]") {
    const scratch_directory dir;
    const auto before = open_file_descriptors();
    {
        fs::file left;
        gyre::run(
            [](fs::file& out, std::string path) -> task<void> {
                out = co_await fs::open(std::move(path), fs::write | fs::create);
                co_await out.write_all("first ");
            }(left, dir / "f"),
            options());
        REQUIRE(left.is_open());
        gyre::run([](fs::file& out) -> task<void> { co_await out.write_all("second"); }(left), options());
    }
    REQUIRE(opened_since(before).empty());
    REQUIRE(std::filesystem::file_size(dir / "f") == 12);
}
