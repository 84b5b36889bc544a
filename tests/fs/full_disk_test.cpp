#include <sched.h>
#include <sys/mount.h>
#include <unistd.h>

#include <cstring>
#include <fstream>

#include "scratch.hpp"
#include "support/test.hpp"

using namespace gyre;
using namespace gyre::test;
using Catch::Matchers::Contains;

namespace {

void write_text(const char* path, const std::string& text) { std::ofstream(path) << text; }

// A disk of 1 MiB. Mounted as root, or in a user namespace of this process's own.
class small_disk {
public:
    small_disk() {
        if (mount_it()) return;
        const uid_t user = ::getuid();
        const gid_t group = ::getgid();
        if (::unshare(CLONE_NEWUSER | CLONE_NEWNS) != 0) return;
        write_text("/proc/self/setgroups", "deny");
        write_text("/proc/self/uid_map", "0 " + std::to_string(user) + " 1");
        write_text("/proc/self/gid_map", "0 " + std::to_string(group) + " 1");
        mount_it();
    }
    small_disk(const small_disk&) = delete;
    ~small_disk() {
        if (mounted_) ::umount2(dir_.path().c_str(), MNT_DETACH);
    }

    bool mounted() const noexcept { return mounted_; }
    std::string operator/(const std::string& name) const { return dir_ / name; }
    std::size_t entries() const { return dir_.entries(); }

private:
    bool mount_it() {
        mounted_ = ::mount("none", dir_.path().c_str(), "tmpfs", MS_NOSUID | MS_NODEV, "size=1m") == 0;
        return mounted_;
    }
    scratch_directory dir_;
    bool mounted_ = false;
};

constexpr std::size_t capacity = 1024 * 1024;

task<void> fill_at_once(const small_disk& disk) {
    const std::string data = pattern(3 * capacity);
    const auto error = co_await file_error_of(fs::write_file(disk / "f", data));
    REQUIRE(error);
    REQUIRE(error->code() == std::errc::no_space_on_device);
    REQUIRE(error->operation() == "write");
    REQUIRE_THAT(error->what(), Contains("cannot write '" + (disk / "f") + "': No space left on device (ENOSPC)"));
    // What fitted is told, and is there.
    const std::string got = co_await fs::read_file(disk / "f");
    REQUIRE_FALSE(got.empty());
    const bool prefix = got == data.substr(0, got.size());
    REQUIRE(prefix);
    REQUIRE_THAT(error->what(), Contains("after " + std::to_string(got.size()) + " of " + std::to_string(data.size()) + " bytes"));
    co_await fs::remove(disk / "f");
}

// Each write that returned is there in full, and only the one that failed is not.
task<void> fill_bit_by_bit(const small_disk& disk) {
    fs::file file = co_await fs::open(disk / "log", fs::read | fs::write | fs::create);
    const std::string portion = pattern(10'000);
    std::size_t whole = 0;
    bool full = false;
    while (!full) {
        REQUIRE(whole < 1000);
        try {
            co_await file.write_all(portion);
            ++whole;
        } catch (const fs::error& e) {
            REQUIRE(e.code() == std::errc::no_space_on_device);
            full = true;
        }
    }
    REQUIRE(whole >= 50);
    std::string got(portion.size(), ' ');
    for (std::size_t i = 0; i < whole; ++i) {
        const std::size_t bytes = co_await file.read_at(i * portion.size(), got);
        REQUIRE(bytes == portion.size());
        const bool same = got == portion;
        REQUIRE(same);
    }
    // Once there is room again, writing goes on where it stopped.
    co_await file.truncate(0);
    file.seek(0);
    co_await file.write_all(portion);
    co_await file.close();
    co_await fs::remove(disk / "log");
}

task<void> replace_on_full_disk(const small_disk& disk) {
    const std::string old_content = pattern(400'000);
    co_await fs::write_file(disk / "precious", old_content);
    const auto error = co_await file_error_of(fs::replace_file(disk / "precious", pattern(900'000, 2)));
    REQUIRE(error);
    REQUIRE(error->code() == std::errc::no_space_on_device);
    const std::string got = co_await fs::read_file(disk / "precious");
    const bool untouched = got == old_content;
    REQUIRE(untouched);
    REQUIRE(disk.entries() == 1);
    co_await fs::remove(disk / "precious");
}

}  // namespace

TEST_CASE("a full disk: a clear error, nothing lost that was said to be written", "[full disk]") {
    // Before the loop has threads, which keep a process out of a new user namespace.
    const small_disk disk;
    if (!disk.mounted()) {
        WARN("skipped: mounting a tmpfs is not permitted here (" << std::strerror(errno) << "); run as root, or allow user namespaces");
        return;
    }
    for (const auto where : both_places) {
        const placed here(where);
        SECTION(where == detail::placement::automatic ? "in the loop's thread" : "through the backend") {
            test::run([&] { return fill_at_once(disk); });
            test::run([&] { return fill_bit_by_bit(disk); });
            test::run([&] { return replace_on_full_disk(disk); });
        }
    }
}
