// What files cost over the plain system calls: every round does a batch of each, one after the other, and `ratio` is gyre's CPU time
// (of all threads, the kernel's workers included) over theirs. backend:1 sends every operation through the backend, as it would be
// if gyre made no choice.
#include <benchmark/benchmark.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>
#include <gyre/fs/detail/placement.hpp>
#include <gyre/fs/fs.hpp>
#include <gyre/runtime/runtime.hpp>

#include <cstddef>
#include <functional>
#include <string>
#include <string_view>
#include <vector>

#include "support/scratch_directory.hpp"

namespace {

namespace fs = gyre::fs;
using gyre::task;
using gyre::test::scratch_directory;

double cpu_nanoseconds() {
    timespec now{};
    ::clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &now);
    return static_cast<double>(now.tv_sec) * 1e9 + static_cast<double>(now.tv_nsec);
}

// Runs the two in turn. `ours(n)` gives a task, `theirs(n)` just works; n operations each.
template <class Ours, class Theirs>
task<> compare(benchmark::State& state, std::size_t operations, Ours ours, Theirs theirs) {
    gyre::detail::set_placement(state.range(0) != 0 ? gyre::detail::placement::always_backend : gyre::detail::placement::automatic);
    co_await ours(operations);
    theirs(operations);
    double our_time = 0;
    double their_time = 0;
    for (auto _ : state) {
        const double start = cpu_nanoseconds();
        co_await ours(operations);
        const double middle = cpu_nanoseconds();
        theirs(operations);
        our_time += middle - start;
        their_time += cpu_nanoseconds() - middle;
    }
    gyre::detail::set_placement(gyre::detail::placement::automatic);
    const double total = static_cast<double>(state.iterations()) * static_cast<double>(operations);
    state.counters["gyre_ns"] = our_time / total;
    state.counters["plain_ns"] = their_time / total;
    state.counters["ratio"] = our_time / their_time;
}

template <class... More>
void run(benchmark::State& state, task<> (*body)(benchmark::State&, More...), More... more) {
    gyre::run(body(state, more...));
}

constexpr std::size_t file_bytes = 32 * 1024 * 1024;

std::uint64_t scattered(std::size_t i, std::size_t size) { return (i * 7919) % (file_bytes / size - 1) * size; }

void check(bool fine) {
    if (!fine) std::abort();
}

task<> reads(benchmark::State& state, std::size_t size) {
    const scratch_directory dir;
    co_await fs::write_file(dir / "f", std::string(file_bytes, 'x'));
    const fs::file file = co_await fs::open(dir / "f");
    std::vector<char> into(size);
    auto ours = [&](std::size_t n) -> task<> {
        for (std::size_t i = 0; i < n; ++i) co_await file.read_at(scattered(i, size), into);
    };
    auto theirs = [&](std::size_t n) {
        for (std::size_t i = 0; i < n; ++i)
            check(::pread(file.fd(), into.data(), size, static_cast<off_t>(scattered(i, size))) == static_cast<ssize_t>(size));
    };
    co_await compare(state, 2000, std::ref(ours), std::ref(theirs));
}

task<> writes(benchmark::State& state, std::size_t size) {
    const scratch_directory dir;
    co_await fs::write_file(dir / "f", std::string(file_bytes, 'x'));
    fs::file file = co_await fs::open(dir / "f", fs::write);
    const std::vector<char> from(size, 'y');
    const std::string_view data(from.data(), size);
    auto ours = [&](std::size_t n) -> task<> {
        for (std::size_t i = 0; i < n; ++i) co_await file.write_at(i % 256 * size, data);
    };
    auto theirs = [&](std::size_t n) {
        for (std::size_t i = 0; i < n; ++i)
            check(::pwrite(file.fd(), from.data(), size, static_cast<off_t>(i % 256 * size)) == static_cast<ssize_t>(size));
    };
    co_await compare(state, 500, std::ref(ours), std::ref(theirs));
}

task<> appends(benchmark::State& state, std::size_t size) {
    const scratch_directory dir;
    fs::file file = co_await fs::open(dir / "f", fs::write | fs::create);
    const std::vector<char> from(size, 'y');
    const std::string_view data(from.data(), size);
    auto ours = [&](std::size_t n) -> task<> {
        co_await file.truncate(0);
        file.seek(0);
        for (std::size_t i = 0; i < n; ++i) co_await file.write_all(data);
    };
    auto theirs = [&](std::size_t n) {
        check(::ftruncate(file.fd(), 0) == 0);
        for (std::size_t i = 0; i < n; ++i)
            check(::pwrite(file.fd(), from.data(), size, static_cast<off_t>(i * size)) == static_cast<ssize_t>(size));
    };
    co_await compare(state, 1000, std::ref(ours), std::ref(theirs));
}

// The names are made up front: what is measured is files, not strings.
std::vector<std::string> names_in(const scratch_directory& dir, std::size_t count) {
    std::vector<std::string> names;
    for (std::size_t i = 0; i < count; ++i) names.push_back(dir / std::to_string(i));
    return names;
}

std::string plain_read(const std::string& path) {
    const int fd = ::open(path.c_str(), O_RDONLY | O_CLOEXEC);
    struct stat about{};
    check(fd >= 0 && ::fstat(fd, &about) == 0);
    std::string content(static_cast<std::size_t>(about.st_size), '\0');
    check(::read(fd, content.data(), content.size()) == static_cast<ssize_t>(content.size()));
    ::close(fd);
    return content;
}

task<> read_whole(const std::string& path) {
    const std::string content = co_await fs::read_file(path);
    check(!content.empty());
}

task<> small_files_read(benchmark::State& state, std::size_t at_once) {
    const scratch_directory dir;
    const std::vector<std::string> names = names_in(dir, 1000);
    for (const std::string& name : names) co_await fs::write_file(name, std::string(4000, 'x'));
    auto ours = [&](std::size_t) { return gyre::for_each_concurrent(names, at_once, read_whole); };
    auto theirs = [&](std::size_t) {
        for (const std::string& name : names) check(!plain_read(name).empty());
    };
    co_await compare(state, names.size(), std::ref(ours), std::ref(theirs));
}

void plain_write(const std::string& path, std::string_view data) {
    const int fd = ::open(path.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0666);
    check(fd >= 0 && ::write(fd, data.data(), data.size()) == static_cast<ssize_t>(data.size()));
    ::close(fd);
}

// New files only, and none removed meanwhile: ext4 spends long on avoiding inodes that were freed in the last seconds.
task<> small_files_made(benchmark::State& state, std::size_t at_once) {
    const scratch_directory dir;
    const std::string data(2000, 'x');
    std::size_t made = 0;
    std::vector<std::string> names;
    auto fresh = [&](std::size_t n) -> const std::vector<std::string>& {
        names.clear();
        for (std::size_t i = 0; i < n; ++i) names.push_back(dir / std::to_string(made++));
        return names;
    };
    auto make = [&](const std::string& name) { return fs::write_file(name, std::as_bytes(std::span(data))); };
    auto ours = [&](std::size_t n) { return gyre::for_each_concurrent(fresh(n), at_once, std::ref(make)); };
    auto theirs = [&](std::size_t n) {
        for (const std::string& name : fresh(n)) plain_write(name, data);
    };
    co_await compare(state, 200, std::ref(ours), std::ref(theirs));
}

task<> stats(benchmark::State& state) {
    const scratch_directory dir;
    const std::vector<std::string> names = names_in(dir, 1000);
    for (const std::string& name : names) plain_write(name, "x");
    auto ours = [&](std::size_t) -> task<> {
        for (const std::string& name : names) co_await fs::stat(name);
    };
    auto theirs = [&](std::size_t) {
        struct stat about{};
        for (const std::string& name : names) check(::stat(name.c_str(), &about) == 0);
    };
    co_await compare(state, names.size(), std::ref(ours), std::ref(theirs));
}

#define GYRE_FS_BENCHMARK(...) BENCHMARK_CAPTURE(__VA_ARGS__)->ArgName("backend")->Arg(0)->Arg(1)->UseRealTime()

void read_at(benchmark::State& state, std::size_t size) { run(state, &reads, size); }
void write_at(benchmark::State& state, std::size_t size) { run(state, &writes, size); }
void append(benchmark::State& state, std::size_t size) { run(state, &appends, size); }
void read_file(benchmark::State& state, std::size_t at_once) { run(state, &small_files_read, at_once); }
void write_file(benchmark::State& state, std::size_t at_once) { run(state, &small_files_made, at_once); }
void stat(benchmark::State& state) { run(state, &stats); }

GYRE_FS_BENCHMARK(read_at, 4KiB, 4096);
GYRE_FS_BENCHMARK(read_at, 64KiB, 65536);
GYRE_FS_BENCHMARK(write_at, 512B, 512);
GYRE_FS_BENCHMARK(write_at, 4KiB, 4096);
GYRE_FS_BENCHMARK(write_at, 64KiB, 65536);
GYRE_FS_BENCHMARK(append, 512B, 512);
GYRE_FS_BENCHMARK(append, 4KiB, 4096);
GYRE_FS_BENCHMARK(read_file, 4000B_one_by_one, 1);
GYRE_FS_BENCHMARK(read_file, 4000B_64_at_once, 64);
GYRE_FS_BENCHMARK(write_file, 2000B_one_by_one, 1)->Iterations(20);
GYRE_FS_BENCHMARK(write_file, 2000B_64_at_once, 64)->Iterations(20);
BENCHMARK(stat)->ArgName("backend")->Arg(0)->Arg(1)->UseRealTime();

}  // namespace
