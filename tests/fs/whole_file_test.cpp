// read_file and write_file. The asio backend carries them out in threads.
// ctest: threads
#include <sys/stat.h>
#include <unistd.h>

#include "scratch.hpp"
#include "support/test.hpp"

using namespace gyre;
using namespace gyre::test;
using Catch::Matchers::Contains;

GYRE_TEST("what write_file wrote, read_file reads", "[whole]") {
    for (const auto where : both_places) {
        const placed here(where);
        const scratch_directory dir;
        for (const std::size_t size : {0u, 1u, 4095u, 4096u, 4097u, 262'144u, 262'145u, 5'000'000u}) {
            const std::string content = pattern(size);
            co_await fs::write_file(dir / "f", content);
            const std::string got = co_await fs::read_file(dir / "f");
            const bool same = got == content;
            REQUIRE(same);
        }
        // Shorter than what was there.
        const std::string text = "short";
        co_await fs::write_file(dir / "f", std::as_bytes(std::span(text)));
        const std::string got = co_await fs::read_file(dir / "f");
        REQUIRE(got == "short");
    }
}

GYRE_TEST("read_file reads what has no size, as in /proc", "[whole]") {
    for (const auto where : both_places) {
        const placed here(where);
        const std::string status = co_await fs::read_file("/proc/self/status");
        REQUIRE_THAT(status, Contains("Name:"));
        REQUIRE_THAT(status, Contains("nonvoluntary_ctxt_switches"));
        // More than a page.
        const std::string maps = co_await fs::read_file("/proc/self/smaps");
        REQUIRE(maps.size() > 4096);
        REQUIRE_THAT(maps, Contains("[stack]"));
        const std::string nothing = co_await fs::read_file("/dev/null");
        REQUIRE(nothing.empty());
    }
}

GYRE_TEST("replace_file shows the old file or the new one, and never a part", "[whole]") {
    const scratch_directory dir;
    const std::string old_content = std::string(200'000, 'a');
    const std::string new_content = std::string(300'000, 'b');
    co_await fs::write_file(dir / "f", old_content);
    bool stop = false;
    int looks = 0;
    int wrong = 0;
    auto reader = spawn([&]() -> task<void> {
        while (!stop) {
            const std::string got = co_await fs::read_file(dir / "f");
            if (got != old_content && got != new_content) ++wrong;
            ++looks;
            co_await yield();
        }
    });
    for (int i = 0; i < 10; ++i) {
        const auto& next = i % 2 == 0 ? new_content : old_content;
        co_await fs::replace_file(dir / "f", std::as_bytes(std::span(next)));
    }
    stop = true;
    co_await reader;
    REQUIRE(looks > 0);
    REQUIRE(wrong == 0);
    REQUIRE(dir.entries() == 1);
}

GYRE_TEST("replace_file keeps the permissions, makes what is missing, and replaces a link itself", "[whole]") {
    const scratch_directory dir;
    co_await fs::replace_file(dir / "new", std::string("1"), 0640);
    fs::file_status status = co_await fs::stat(dir / "new");
    REQUIRE((status.permissions & ~022u) == 0640);
    ::chmod((dir / "new").c_str(), 0604);
    co_await fs::replace_file(dir / "new", std::string("2"));
    status = co_await fs::stat(dir / "new");
    REQUIRE(status.permissions == 0604);

    REQUIRE(::symlink("new", (dir / "link").c_str()) == 0);
    co_await fs::replace_file(dir / "link", std::string("3"));
    status = co_await fs::lstat(dir / "link");
    REQUIRE(status.is_regular());
    const std::string untouched = co_await fs::read_file(dir / "new");
    REQUIRE(untouched == "2");
    REQUIRE(dir.entries() == 2);

    // A relative path without any folder.
    const std::filesystem::path before = std::filesystem::current_path();
    std::filesystem::current_path(dir.path());
    co_await fs::replace_file("plain", std::string("4"));
    const std::string plain = co_await fs::read_file("plain");
    std::filesystem::current_path(before);
    REQUIRE(plain == "4");
}

GYRE_TEST("replace_file that fails leaves what was there, and nothing beside it", "[whole]") {
    const scratch_directory dir;
    std::filesystem::create_directories(dir / "folder/inside");
    auto error = co_await file_error_of(fs::replace_file(dir / "folder", std::string("x")));
    REQUIRE(error);
    REQUIRE(error->code() == std::errc::is_a_directory);
    error = co_await file_error_of(fs::replace_file(dir / "no/such", std::string("x")));
    REQUIRE(error);
    REQUIRE(error->code() == std::errc::no_such_file_or_directory);
    REQUIRE(dir.entries() == 1);
}

GYRE_TEST("a file that lost its name is still read", "[whole]") {
    const scratch_directory dir;
    co_await fs::write_file(dir / "f", std::string("still here"));
    const fs::file file = co_await fs::open(dir / "f");
    co_await fs::remove(dir / "f");
    std::string got(100, ' ');
    got.resize(co_await file.read_at(0, got));
    REQUIRE(got == "still here");
}
