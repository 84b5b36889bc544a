// Cancelled file operations. The asio backend carries them out in threads.
// ctest: threads
#include <sys/stat.h>

#include <functional>

#include "scratch.hpp"
#include "support/test.hpp"

using namespace gyre;
using namespace gyre::test;

namespace {

// Cancels the task that passes here for the n-th time: before its next await begins, or while that is under way.
class saboteur {
public:
    enum class when { before, during };

    saboteur(int at, when how) : at_(at), how_(how) {}
    void operator()() {
        if (++passed_ != at_) return;
        any_future self = current_task();
        if (how_ == when::before)
            self.cancel();
        else
            event_loop::current().call_soon([self]() mutable { self.cancel(); });
    }
    bool was_reached() const noexcept { return passed_ >= at_; }

private:
    int at_;
    when how_;
    int passed_ = 0;
};

task<void> script(const scratch_directory& dir, saboteur& next) {
    next();
    co_await fs::make_directories(dir / "a/b");
    next();
    fs::file file = co_await fs::open(dir / "a/b/f", fs::read | fs::write | fs::create);
    next();
    co_await file.write_all("one\ntwo\n");
    next();
    co_await file.write_at(8, pattern(600'000));
    next();
    std::string buffer(500'000, ' ');
    co_await file.read_at(4, buffer);
    next();
    co_await file.size();
    next();
    co_await file.truncate(9);
    next();
    co_await file.sync();
    file.seek(0);
    {
        auto lines = file.lines();
        next();
        co_await lines.next();
    }
    next();
    co_await file.read_some(buffer);
    next();
    co_await file.close();
    next();
    co_await fs::rename(dir / "a/b/f", dir / "a/g");
    next();
    co_await fs::stat(dir / "a/g");
    next();
    co_await fs::read_file(dir / "a/g");
    next();
    co_await fs::write_file(dir / "a/h", std::string("x"));
    next();
    co_await fs::replace_file(dir / "a/g", std::string("y"));
    next();
    co_await fs::remove(dir / "a/h");
}

constexpr int awaits_in_script = 17;

}  // namespace

GYRE_TEST("a cancel at any await ends the script, and leaves no file open and none half made", "[cancel]") {
    for (const auto where : both_places) {
        const placed here(where);
        for (const auto how : {saboteur::when::before, saboteur::when::during}) {
            for (int at = 1; at <= awaits_in_script + 1; ++at) {
                const scratch_directory dir;
                const auto before = open_file_descriptors();
                saboteur next(at, how);
                auto running = spawn(script(dir, next));
                auto ended = co_await as_outcome(running);
                INFO("await " << at << (how == saboteur::when::before ? ", before" : ", during"));
                REQUIRE(next.was_reached() == (at <= awaits_in_script));
                if (at > awaits_in_script) {
                    REQUIRE(ended.has_value());
                } else if (how == saboteur::when::before) {
                    // close() ignores a cancel, the next await does not.
                    REQUIRE(ended.cancelled());
                } else {
                    // What was done first is delivered; the last await has none behind it.
                    const bool fine = ended.cancelled() || ended.has_value();
                    REQUIRE(fine);
                }
                // A close that nobody waits for is the loop's; it has its turn.
                for (int i = 0; i < 100'000 && !opened_since(before).empty(); ++i) co_await yield();
                REQUIRE(opened_since(before).empty());
                // replace_file never leaves its temporary file.
                for (const auto& entry : std::filesystem::recursive_directory_iterator(dir.path()))
                    REQUIRE(entry.path().extension() != ".tmp");
            }
        }
    }
}

GYRE_TEST("a read that waits for a pipe stops at once, and the next one gets what comes", "[cancel]") {
    const scratch_directory dir;
    REQUIRE(::mkfifo((dir / "p").c_str(), 0600) == 0);
    fs::file pipe = co_await fs::open(dir / "p", fs::read | fs::write);
    std::string got(10, ' ');
    for (int i = 0; i < 20; ++i) {
        auto reading = spawn([&]() -> task<std::size_t> { co_return co_await pipe.read_some(got); });
        for (int j = 0; j < i; ++j) co_await yield();
        reading.cancel();
        const auto ended = co_await as_outcome(reading);
        REQUIRE(ended.cancelled());
    }
    co_await pipe.write_all("all of it");
    const std::size_t bytes = co_await pipe.read_some(got);
    REQUIRE(got.substr(0, bytes) == "all of it");
}

GYRE_TEST("bytes of a pipe that came before the cancel are delivered", "[cancel]") {
    const scratch_directory dir;
    const placed by_backend(detail::placement::always_backend);
    REQUIRE(::mkfifo((dir / "p").c_str(), 0600) == 0);
    fs::file pipe = co_await fs::open(dir / "p", fs::read | fs::write);
    std::string received;
    for (int i = 0; i < 200; ++i) {
        co_await pipe.write_all("x");
        auto reading = spawn([&]() -> task<std::string> {
            std::string got(10, ' ');
            got.resize(co_await pipe.read_some(got));
            received += got;
            co_return got;
        });
        for (int j = 0; j < i % 40; ++j) co_await yield();
        reading.cancel();
        auto ended = co_await as_outcome(reading);
    }
    while (received.size() < 200) {
        std::string got(300, ' ');
        got.resize(co_await pipe.read_some(got));
        received += got;
    }
    REQUIRE(received == std::string(200, 'x'));
}

GYRE_TEST("a cancelled large write may be cut, and what it says it wrote before is there", "[cancel]") {
    const scratch_directory dir;
    const std::string data = pattern(30'000'000);
    for (int yields = 1; yields < 20'000; yields *= 3) {
        fs::file file = co_await fs::open(dir / std::to_string(yields), fs::read | fs::write | fs::create);
        co_await file.write_all("head");
        auto writing = spawn([&]() -> task<void> { co_await file.write_all(data); });
        for (int i = 0; i < yields; ++i) co_await yield();
        writing.cancel();
        const auto ended = co_await as_outcome(writing);
        const std::uint64_t size = co_await file.size();
        REQUIRE(file.cursor() <= size);
        std::string got(size, ' ');
        const std::size_t all = co_await file.read_at(0, got);
        REQUIRE(all == size);
        const bool prefix = got == ("head" + data).substr(0, size);
        REQUIRE(prefix);
        if (ended.has_value()) REQUIRE(size == 4 + data.size());
    }
}

GYRE_TEST("a timeout over a pipe's read is a timeout, and closes nothing", "[cancel]") {
    const scratch_directory dir;
    REQUIRE(::mkfifo((dir / "p").c_str(), 0600) == 0);
    fs::file pipe = co_await fs::open(dir / "p", fs::read | fs::write);
    std::string got(10, ' ');
    bool timed_out = false;
    try {
        co_await wait_for(pipe.read_some(got), std::chrono::milliseconds(5));
    } catch (const timeout_error&) {
        timed_out = true;
    }
    REQUIRE(timed_out);
    REQUIRE(pipe.is_open());
}
