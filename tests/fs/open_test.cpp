#include <fcntl.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

#include <stdexcept>

#include "scratch.hpp"
#include "support/test.hpp"

using namespace gyre;
using namespace gyre::test;
using Catch::Matchers::Contains;
using Catch::Matchers::Equals;

namespace {

task<std::string> write_and_read(std::string path, fs::open_flags flags, std::string data) {
    fs::file file = co_await fs::open(path, flags);
    co_await file.write_all(data);
    co_await file.close();
    co_return co_await fs::read_file(path);
}

task<std::string> why_not(std::string path, fs::open_flags flags) {
    try {
        co_await fs::open(std::move(path), flags);
    } catch (const std::exception& e) {
        co_return e.what();
    }
    co_return "";
}

// Lets no more files be opened than there are now and `more`.
class file_limit {
public:
    explicit file_limit(rlim_t more) {
        ::getrlimit(RLIMIT_NOFILE, &old_);
        const int next = ::dup(0);
        ::close(next);
        rlimit low = old_;
        low.rlim_cur = static_cast<rlim_t>(next) + more;
        ::setrlimit(RLIMIT_NOFILE, &low);
    }
    file_limit(const file_limit&) = delete;
    ~file_limit() { ::setrlimit(RLIMIT_NOFILE, &old_); }

private:
    rlimit old_{};
};

}  // namespace

GYRE_TEST("an open file knows its path, is not inherited, and closes once", "[open]") {
    const scratch_directory dir;
    for (const auto where : both_places) {
        const placed here(where);
        fs::file file = co_await fs::open(dir / "a", fs::read | fs::write | fs::create);
        REQUIRE(file.is_open());
        REQUIRE(file.path() == dir / "a");
        REQUIRE((::fcntl(file.fd(), F_GETFD) & FD_CLOEXEC) != 0);
        co_await file.close();
        REQUIRE_FALSE(file.is_open());
        REQUIRE(file.fd() == -1);
        co_await file.close();
    }
}

GYRE_TEST("create keeps what is there, truncate does not, append goes behind it", "[open]") {
    for (const auto where : both_places) {
        const placed here(where);
        const scratch_directory dir;
        std::string got = co_await write_and_read(dir / "f", fs::write | fs::create, "0123456789");
        REQUIRE(got == "0123456789");
        got = co_await write_and_read(dir / "f", fs::write | fs::create, "abc");
        REQUIRE(got == "abc3456789");
        got = co_await write_and_read(dir / "f", fs::write, "X");
        REQUIRE(got == "Xbc3456789");
        got = co_await write_and_read(dir / "f", fs::append | fs::create, "+");
        REQUIRE(got == "Xbc3456789+");
        got = co_await write_and_read(dir / "f", fs::write | fs::create | fs::truncate, "new");
        REQUIRE(got == "new");
    }
}

GYRE_TEST("create_new makes a file once, also beside others that try", "[open]") {
    for (const auto where : both_places) {
        const placed here(where);
        const scratch_directory dir;
        std::vector<task<std::optional<fs::error>>> attempts;
        for (int i = 0; i < 8; ++i) attempts.push_back(file_error_of(fs::open(dir / "once", fs::write | fs::create_new)));
        const auto ends = co_await gather(std::move(attempts));
        int made = 0;
        for (const auto& end : ends) {
            if (!end) ++made;
            if (end) REQUIRE(end->code() == std::errc::file_exists);
        }
        REQUIRE(made == 1);
        // Now that the directory is known, too.
        const auto again = co_await file_error_of(fs::open(dir / "once", fs::write | fs::create_new));
        REQUIRE(again);
        REQUIRE(again->code() == std::errc::file_exists);
    }
}

GYRE_TEST("a new file has the mode that was asked for, less the umask", "[open]") {
    const scratch_directory dir;
    const mode_t old = ::umask(027);
    for (int i = 0; i < 2; ++i) co_await fs::open(dir / std::to_string(i), fs::write | fs::create, 0666);
    const fs::file plain = co_await fs::open(dir / "private", fs::write | fs::create, 0600);
    ::umask(old);
    for (int i = 0; i < 2; ++i) {
        const fs::file_status status = co_await fs::stat(dir / std::to_string(i));
        REQUIRE(status.permissions == 0640);
    }
    const fs::file_status status = co_await fs::stat(dir / "private");
    REQUIRE(status.permissions == 0600);
}

GYRE_TEST("flags that contradict each other are refused with the cure", "[open]") {
    std::string why = co_await why_not("x", fs::create);
    REQUIRE_THAT(why, Contains("need fs::write"));
    why = co_await why_not("x", fs::read | fs::truncate);
    REQUIRE_THAT(why, Contains("need fs::write"));
    why = co_await why_not("x", fs::open_flags());
    REQUIRE_THAT(why, Contains("neither fs::read nor fs::write"));
}

GYRE_TEST("an error of open names the path, the purpose and the cause", "[open]") {
    const scratch_directory dir;
    co_await fs::write_file(dir / "plain", std::string("x"));
    for (const auto where : both_places) {
        const placed here(where);
        std::string why = co_await why_not(dir / "missing", fs::read);
        REQUIRE_THAT(why, Equals("gyre: cannot open '" + (dir / "missing") + "' for reading: No such file or directory (ENOENT)"));
        why = co_await why_not(dir / "no/such/folder", fs::write | fs::create);
        REQUIRE_THAT(why, Equals("gyre: cannot open '" + (dir / "no/such/folder") + "' for writing: No such file or directory (ENOENT)"));
        why = co_await why_not(dir / "plain/x", fs::write | fs::create | fs::read);
        REQUIRE_THAT(why, Contains("for reading and writing: Not a directory (ENOTDIR)"));
        why = co_await why_not(dir.path(), fs::write | fs::create);
        REQUIRE_THAT(why, Contains("Is a directory (EISDIR)"));
        why = co_await why_not(std::string("a\0b", 3), fs::read);
        REQUIRE_THAT(why, Contains("null character"));
        why = co_await why_not("", fs::read);
        REQUIRE_THAT(why, Contains("ENOENT"));

        const auto error = co_await file_error_of(fs::open(dir / "missing"));
        REQUIRE(error);
        REQUIRE(error->operation() == "open");
        REQUIRE(error->path() == dir / "missing");
        REQUIRE(error->code() == std::error_code(ENOENT, std::generic_category()));
    }
}

GYRE_TEST("a folder that nobody may write to is reported as such", "[open]") {
    const scratch_directory dir;
    // root may write everywhere, except where the system makes no files at all.
    const bool root = ::geteuid() == 0;
    if (!root) ::chmod(dir.path().c_str(), 0555);
    const std::string path = root ? "/sys/kernel/gyre-test" : dir / "f";
    for (int i = 0; i < 2; ++i) {
        const auto error = co_await file_error_of(fs::open(path, fs::write | fs::create));
        REQUIRE(error);
        const bool expected = error->code() == std::errc::permission_denied || error->code() == std::errc::read_only_file_system ||
                              error->code() == std::errc::operation_not_permitted;
        INFO(error->what());
        REQUIRE(expected);
    }
    ::chmod(dir.path().c_str(), 0755);
}

GYRE_TEST("reading a directory fails with EISDIR, not at open", "[open]") {
    const scratch_directory dir;
    const auto error = co_await file_error_of(fs::read_file(dir.path()));
    REQUIRE(error);
    REQUIRE(error->code() == std::errc::is_a_directory);
    REQUIRE(error->operation() == "read");
}

GYRE_TEST("too many open files: an error that says what to do, and nothing else is lost", "[open]") {
    const scratch_directory dir;
    for (const auto where : both_places) {
        const placed here(where);
        co_await fs::write_file(dir / "f", std::string("x"));
        std::vector<fs::file> open;
        std::optional<fs::error> error;
        {
            const file_limit limit(20);
            for (int i = 0; i < 100 && !error; ++i) {
                try {
                    open.push_back(co_await fs::open(dir / ("n" + std::to_string(i)), fs::write | fs::create));
                } catch (const fs::error& e) {
                    error = e;
                }
            }
            REQUIRE(error);
            REQUIRE(error->code() == std::errc::too_many_files_open);
            REQUIRE_THAT(error->what(), Contains("ulimit -n"));
            REQUIRE(open.size() >= 10);
            for (fs::file& file : open) co_await file.write_all("still works");
            open.pop_back();
            const auto again = co_await file_error_of(fs::open(dir / "f"));
            REQUIRE_FALSE(again);
        }
    }
}

GYRE_TEST("opening a pipe that nobody reads waits, and holds nobody else up", "[open]") {
    const scratch_directory dir;
    REQUIRE(::mkfifo((dir / "pipe").c_str(), 0600) == 0);
    // In a known directory, so that nothing but the pipe itself is in the way of doing it at once.
    co_await fs::write_file(dir / "f", std::string("x"));
    co_await fs::write_file(dir / "g", std::string("x"));
    auto writer = spawn(fs::open(dir / "pipe", fs::write | fs::create));
    for (int i = 0; i < 100; ++i) co_await yield();
    REQUIRE_FALSE(writer.done());
    fs::file reader = co_await fs::open(dir / "pipe", fs::read | fs::write);
    fs::file out = co_await std::move(writer);
    co_await out.write_all("through");
    std::string got(20, '\0');
    got.resize(co_await reader.read_some(got));
    REQUIRE(got == "through");
}
