#include <sys/stat.h>
#include <unistd.h>

#include "scratch.hpp"
#include "support/test.hpp"

using namespace gyre;
using namespace gyre::test;

GYRE_TEST("stat says what the system says", "[status]") {
    const scratch_directory dir;
    co_await fs::write_file(dir / "f", std::string(1234, 'x'), 0640);
    struct stat expected{};
    REQUIRE(::stat((dir / "f").c_str(), &expected) == 0);
    for (const auto where : both_places) {
        const placed here(where);
        // Twice: the first time the directory is not known yet.
        for (int i = 0; i < 2; ++i) {
            const fs::file_status got = co_await fs::stat(dir / "f");
            REQUIRE(got.is_regular());
            REQUIRE(got.size == 1234);
            REQUIRE(got.permissions == (expected.st_mode & 07777u));
            REQUIRE(got.inode == expected.st_ino);
            REQUIRE(got.device == expected.st_dev);
            REQUIRE(got.links == 1);
            REQUIRE(got.user == expected.st_uid);
            REQUIRE(got.group == expected.st_gid);
            const auto modified = std::chrono::system_clock::to_time_t(got.modified);
            REQUIRE(modified == expected.st_mtim.tv_sec);
            REQUIRE(got.accessed.time_since_epoch().count() != 0);
            REQUIRE(got.changed.time_since_epoch().count() != 0);
        }
    }
}

GYRE_TEST("stat follows symbolic links, lstat does not, and exists is false for one to nothing", "[status]") {
    const scratch_directory dir;
    co_await fs::write_file(dir / "f", std::string("abc"));
    REQUIRE(::symlink("f", (dir / "good").c_str()) == 0);
    REQUIRE(::symlink("nothing", (dir / "bad").c_str()) == 0);
    REQUIRE(::symlink(".", (dir / "folder").c_str()) == 0);
    for (const auto where : both_places) {
        const placed here(where);
        for (int i = 0; i < 2; ++i) {
            fs::file_status got = co_await fs::stat(dir / "good");
            REQUIRE(got.is_regular());
            REQUIRE(got.size == 3);
            got = co_await fs::lstat(dir / "good");
            REQUIRE(got.is_symlink());
            got = co_await fs::stat(dir / "folder");
            REQUIRE(got.is_directory());
            bool there = co_await fs::exists(dir / "good");
            REQUIRE(there);
            there = co_await fs::exists(dir / "bad");
            REQUIRE_FALSE(there);
            there = co_await fs::exists(dir / "missing");
            REQUIRE_FALSE(there);
            there = co_await fs::exists(dir / "f/below");
            REQUIRE_FALSE(there);
            const auto error = co_await file_error_of(fs::stat(dir / "bad"));
            REQUIRE(error);
            REQUIRE(error->code() == std::errc::no_such_file_or_directory);
        }
    }
}

GYRE_TEST("stat tells the kinds of file apart", "[status]") {
    const scratch_directory dir;
    REQUIRE(::mkfifo((dir / "pipe").c_str(), 0600) == 0);
    for (const auto where : both_places) {
        const placed here(where);
        fs::file_status got = co_await fs::stat(dir / "pipe");
        REQUIRE(got.type == fs::file_type::pipe);
        got = co_await fs::stat("/dev/null");
        REQUIRE(got.type == fs::file_type::character_device);
        got = co_await fs::stat("/");
        REQUIRE(got.is_directory());
        // Another file system than the directory that holds it.
        got = co_await fs::stat("/proc");
        REQUIRE(got.is_directory());
        got = co_await fs::stat("/proc");
        REQUIRE(got.is_directory());
    }
}

GYRE_TEST("what cannot be known is an error, not a no", "[status]") {
    const scratch_directory dir;
    REQUIRE(::symlink("loop", (dir / "loop").c_str()) == 0);
    const auto error = co_await file_error_of(fs::exists(dir / "loop"));
    REQUIRE(error);
    REQUIRE(error->code() == std::errc::too_many_symbolic_link_levels);
}
