#include <sys/stat.h>
#include <unistd.h>

#include "scratch.hpp"
#include "support/test.hpp"

using namespace gyre;
using namespace gyre::test;
using Catch::Matchers::Contains;
using Catch::Matchers::Equals;

GYRE_TEST("make_directories makes what is missing, and is content with what is there", "[paths]") {
    for (const auto where : both_places) {
        const placed here(where);
        const scratch_directory dir;
        bool made = co_await fs::make_directories(dir / "a/b/c/d");
        REQUIRE(made);
        REQUIRE(std::filesystem::is_directory(dir / "a/b/c/d"));
        made = co_await fs::make_directories(dir / "a/b/c/d");
        REQUIRE_FALSE(made);
        made = co_await fs::make_directories(dir / "a//x/../y/");
        REQUIRE(made);
        REQUIRE(std::filesystem::is_directory(dir / "a/y"));
        REQUIRE(std::filesystem::is_directory(dir / "a/x"));
        made = co_await fs::make_directories(dir.path());
        REQUIRE_FALSE(made);
        made = co_await fs::make_directories(".");
        REQUIRE_FALSE(made);
        made = co_await fs::make_directories("/");
        REQUIRE_FALSE(made);
    }
}

GYRE_TEST("many tasks make the same directories at once", "[paths]") {
    for (const auto where : both_places) {
        const placed here(where);
        const scratch_directory dir;
        std::vector<task<bool>> all;
        for (int i = 0; i < 32; ++i) all.push_back(fs::make_directories(dir / ("x/y/z/" + std::to_string(i % 4))));
        const std::vector<bool> made = co_await gather(std::move(all));
        REQUIRE(std::count(made.begin(), made.end(), true) == 4);
    }
}

GYRE_TEST("make_directories says what is in the way", "[paths]") {
    const scratch_directory dir;
    co_await fs::write_file(dir / "file", std::string("x"));
    REQUIRE(::symlink("nowhere", (dir / "dangling").c_str()) == 0);
    auto error = co_await file_error_of(fs::make_directories(dir / "file/a/b"));
    REQUIRE(error);
    REQUIRE(error->code() == std::errc::not_a_directory);
    error = co_await file_error_of(fs::make_directories(dir / "file"));
    REQUIRE(error);
    REQUIRE_THAT(error->what(), Contains("'" + (dir / "file") + "' is in the way"));
    error = co_await file_error_of(fs::make_directories(dir / "dangling/a"));
    REQUIRE(error);
    REQUIRE_THAT(error->what(), Contains("'" + (dir / "dangling") + "' is in the way"));
    error = co_await file_error_of(fs::make_directories(""));
    REQUIRE(error);
    REQUIRE(error->code() == std::errc::no_such_file_or_directory);
}

GYRE_TEST("make_directory makes one, with its mode, once", "[paths]") {
    const scratch_directory dir;
    co_await fs::make_directory(dir / "d", 0700);
    const fs::file_status status = co_await fs::stat(dir / "d");
    REQUIRE(status.is_directory());
    REQUIRE(status.permissions == 0700);
    auto error = co_await file_error_of(fs::make_directory(dir / "d"));
    REQUIRE(error);
    REQUIRE_THAT(error->what(), Equals("gyre: cannot make the directory '" + (dir / "d") + "': File exists (EEXIST)"));
    error = co_await file_error_of(fs::make_directory(dir / "x/y"));
    REQUIRE(error);
    REQUIRE(error->code() == std::errc::no_such_file_or_directory);
}

GYRE_TEST("remove takes files, links and empty directories, and says whether there was one", "[paths]") {
    const scratch_directory dir;
    co_await fs::write_file(dir / "f", std::string("x"));
    REQUIRE(::symlink("f", (dir / "link").c_str()) == 0);
    co_await fs::make_directories(dir / "d/e");
    bool removed = co_await fs::remove(dir / "link");
    REQUIRE(removed);
    removed = co_await fs::exists(dir / "f");
    REQUIRE(removed);
    removed = co_await fs::remove(dir / "f");
    REQUIRE(removed);
    removed = co_await fs::remove(dir / "f");
    REQUIRE_FALSE(removed);
    const auto error = co_await file_error_of(fs::remove(dir / "d"));
    REQUIRE(error);
    REQUIRE(error->code() == std::errc::directory_not_empty);
    removed = co_await fs::remove(dir / "d/e");
    REQUIRE(removed);
    removed = co_await fs::remove(dir / "d");
    REQUIRE(removed);
    REQUIRE(dir.entries() == 0);
}

GYRE_TEST("rename replaces a file in one step, and names both paths when it cannot", "[paths]") {
    const scratch_directory dir;
    co_await fs::write_file(dir / "a", std::string("a"));
    co_await fs::write_file(dir / "b", std::string("b"));
    co_await fs::rename(dir / "a", dir / "b");
    const std::string got = co_await fs::read_file(dir / "b");
    REQUIRE(got == "a");
    REQUIRE(dir.entries() == 1);
    const auto error = co_await file_error_of(fs::rename(dir / "gone", dir / "c"));
    REQUIRE(error);
    REQUIRE_THAT(error->what(),
                 Equals("gyre: cannot rename '" + (dir / "gone") + "' to '" + (dir / "c") + "': No such file or directory (ENOENT)"));
}
