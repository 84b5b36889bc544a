// Many files at once. The asio backend opens and reads them in threads.
// ctest: threads
#include <sys/resource.h>

#include "scratch.hpp"
#include "support/test.hpp"

using namespace gyre;
using namespace gyre::test;

namespace {

constexpr std::size_t count = 1000;

// Lets the test have more files open than the usual 1024, when the system does.
class more_files {
public:
    more_files() {
        ::getrlimit(RLIMIT_NOFILE, &old_);
        rlimit high = old_;
        high.rlim_cur = old_.rlim_max;
        ::setrlimit(RLIMIT_NOFILE, &high);
    }
    more_files(const more_files&) = delete;
    ~more_files() { ::setrlimit(RLIMIT_NOFILE, &old_); }

private:
    rlimit old_{};
};

std::string content_of(std::size_t i) { return pattern(i * 37 % 20'000, static_cast<unsigned>(i)); }

task<void> make(const scratch_directory& dir, std::size_t i) {
    fs::file out = co_await fs::open(dir / std::to_string(i), fs::write | fs::create_new);
    const std::string content = content_of(i);
    const std::size_t half = content.size() / 2;
    co_await out.write_all(std::string_view(content).substr(0, half));
    co_await yield();
    co_await out.write_all(std::string_view(content).substr(half));
    co_await out.close();
}

task<bool> check(const scratch_directory& dir, std::size_t i) {
    const std::string got = co_await fs::read_file(dir / std::to_string(i));
    co_return got == content_of(i);
}

}  // namespace

GYRE_TEST("a thousand files at once are made, written, read and removed, and none stays open", "[many]") {
    const more_files limit;
    for (const auto where : both_places) {
        const placed here(where);
        const scratch_directory dir;
        const std::size_t before = open_file_descriptor_count();
        std::vector<task<void>> makers;
        for (std::size_t i = 0; i < count; ++i) makers.push_back(make(dir, i));
        co_await gather(std::move(makers));
        REQUIRE(dir.entries() == count);
        std::vector<task<bool>> checks;
        for (std::size_t i = 0; i < count; ++i) checks.push_back(check(dir, i));
        const std::vector<bool> fine = co_await gather(std::move(checks));
        REQUIRE(std::count(fine.begin(), fine.end(), true) == static_cast<std::ptrdiff_t>(count));
        std::vector<task<bool>> removals;
        for (std::size_t i = 0; i < count; ++i) removals.push_back(fs::remove(dir / std::to_string(i)));
        const std::vector<bool> removed = co_await gather(std::move(removals));
        REQUIRE(std::count(removed.begin(), removed.end(), true) == static_cast<std::ptrdiff_t>(count));
        REQUIRE(dir.entries() == 0);
        REQUIRE(open_file_descriptor_count() == before);
    }
}
