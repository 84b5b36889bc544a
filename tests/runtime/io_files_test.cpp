// Files, as both backends carry out operations on them.
// ctest: threads
#include <sys/stat.h>
#include <sys/uio.h>

#include "io_harness.hpp"

using namespace gyre::test;

namespace {

std::string contents(int fd) {
    std::string text;
    std::array<char, 4096> buffer{};
    ssize_t got = 0;
    while ((got = ::pread(fd, buffer.data(), buffer.size(), static_cast<off_t>(text.size()))) > 0)
        text.append(buffer.data(), static_cast<std::size_t>(got));
    return text;
}

}  // namespace

TEST_CASE("a file is opened, written, read and closed") {
    const no_fd_leak leaks;
    scratch_folder folder;
    backend_rig rig;
    const int fd = rig.run(at_path(opcode::open, folder.fd(), folder.name("file"), O_RDWR | O_CREAT, 0600));
    REQUIRE(fd >= 0);
    CHECK((::fcntl(fd, F_GETFD) & FD_CLOEXEC) != 0);
    CHECK(rig.run(from(opcode::write, fd, "0123456789", 10, 0)) == 10);
    CHECK(rig.run(from(opcode::write, fd, "ab", 2, 4)) == 2);
    std::array<char, 16> buffer{};
    CHECK(rig.run(into(opcode::read, fd, buffer.data(), 4, 3)) == 4);
    CHECK(std::string(buffer.data(), 4) == "3ab6");
    // Short at the end, and 0 behind it.
    CHECK(rig.run(into(opcode::read, fd, buffer.data(), buffer.size(), 8)) == 2);
    CHECK(rig.run(into(opcode::read, fd, buffer.data(), buffer.size(), 10)) == 0);
    CHECK(rig.run(into(opcode::read, fd, buffer.data(), buffer.size(), 1000)) == 0);
    CHECK(rig.run(std::make_unique<recorded>(opcode::close, fd)) == 0);
    CHECK(::fcntl(fd, F_GETFD) < 0);
    CHECK(rig.run(std::make_unique<recorded>(opcode::close, fd)) == -EBADF);
}

TEST_CASE("reads and writes without an offset move the file's cursor") {
    scratch_folder folder;
    const unique_fd file = folder.create("file");
    backend_rig rig;
    for (const char* part : {"one ", "two ", "end"}) {
        const std::size_t size = std::string(part).size();
        CHECK(rig.run(from(opcode::write, file.get(), part, size)) == static_cast<int>(size));
    }
    CHECK(contents(file.get()) == "one two end");
    REQUIRE(::lseek(file.get(), 0, SEEK_SET) == 0);
    std::array<char, 4> buffer{};
    std::string read;
    int got = 0;
    while ((got = rig.run(into(opcode::read, file.get(), buffer.data(), buffer.size()))) > 0)
        read.append(buffer.data(), static_cast<std::size_t>(got));
    CHECK(got == 0);
    CHECK(read == "one two end");
}

TEST_CASE("several buffers are read and written in one operation") {
    scratch_folder folder;
    const unique_fd file = folder.create("file");
    backend_rig rig;
    std::string head = "head ";
    std::string tail = "and tail";
    std::array<iovec, 2> out{iovec{head.data(), head.size()}, iovec{tail.data(), tail.size()}};
    CHECK(rig.run(from(opcode::writev, file.get(), out.data(), out.size(), 2)) == 13);
    CHECK(contents(file.get()) == std::string(2, '\0') + "head and tail");
    std::array<char, 3> first{};
    std::array<char, 20> second{};
    std::array<iovec, 2> in{iovec{first.data(), first.size()}, iovec{second.data(), second.size()}};
    CHECK(rig.run(from(opcode::readv, file.get(), in.data(), in.size(), 2)) == 13);
    CHECK(std::string(first.data(), 3) + std::string(second.data(), 10) == "head and tail");
}

TEST_CASE("large reads and writes come whole or tell how much") {
    scratch_folder folder;
    const unique_fd file = folder.create("file");
    backend_rig rig;
    std::string sent(5 << 20, '\0');
    for (std::size_t i = 0; i < sent.size(); ++i) sent[i] = static_cast<char>(i * 31 >> 7);
    std::size_t at = 0;
    while (at < sent.size()) {
        const int wrote = rig.run(from(opcode::write, file.get(), sent.data() + at, sent.size() - at, at));
        REQUIRE(wrote > 0);
        at += static_cast<std::size_t>(wrote);
    }
    auto sync = std::make_unique<recorded>(opcode::fsync, file.get());
    CHECK(rig.run(sync) == 0);
    for (const std::size_t chunk : {std::size_t{100'000}, std::size_t{3 << 20}}) {
        std::string received(sent.size(), '\0');
        std::size_t in = 0;
        while (in < received.size()) {
            const int got = rig.run(into(opcode::read, file.get(), received.data() + in, std::min(chunk, received.size() - in), in));
            REQUIRE(got > 0);
            in += static_cast<std::size_t>(got);
        }
        CHECK(received == sent);
    }
}

TEST_CASE("folders, names and sizes") {
    const no_fd_leak leaks;
    scratch_folder folder;
    backend_rig rig;
    const int dir = folder.fd();
    CHECK(rig.run(at_path(opcode::mkdir, dir, "inner", 0, 0700)) == 0);
    CHECK(rig.run(at_path(opcode::mkdir, dir, "inner", 0, 0700)) == -EEXIST);
    folder.create("a").reset();

    auto move = at_path(opcode::rename, dir, "a");
    move->other_fd = dir;
    move->buffer = const_cast<char*>("inner/b");
    CHECK(rig.run(move) == 0);
    auto move_again = at_path(opcode::rename, dir, "a");
    move_again->other_fd = dir;
    move_again->buffer = const_cast<char*>("inner/b");
    CHECK(rig.run(move_again) == -ENOENT);

    const unique_fd file(rig.run(at_path(opcode::open, dir, "inner/b", O_RDWR)));
    REQUIRE(file.get() >= 0);
    auto grow = std::make_unique<recorded>(opcode::fallocate, file.get());
    grow->offset = 0;
    grow->size = 12345;
    CHECK(rig.run(grow) == 0);
    auto flush = std::make_unique<recorded>(opcode::fsync, file.get());
    flush->flags = 1;
    CHECK(rig.run(flush) == 0);

    struct statx facts{};
    auto look = at_path(opcode::statx, dir, "inner/b", 0, STATX_BASIC_STATS);
    look->buffer = &facts;
    CHECK(rig.run(look) == 0);
    CHECK(facts.stx_size == 12345);
    CHECK(S_ISREG(facts.stx_mode));
    auto look_at_nothing = at_path(opcode::statx, dir, "nothing", 0, STATX_BASIC_STATS);
    look_at_nothing->buffer = &facts;
    CHECK(rig.run(look_at_nothing) == -ENOENT);

    CHECK(rig.run(at_path(opcode::unlink, dir, "inner", AT_REMOVEDIR)) == -ENOTEMPTY);
    CHECK(rig.run(at_path(opcode::unlink, dir, "inner/b")) == 0);
    CHECK(rig.run(at_path(opcode::unlink, dir, "inner", AT_REMOVEDIR)) == 0);
    CHECK(rig.run(at_path(opcode::open, AT_FDCWD, "/proc/self/exe", O_WRONLY | O_CREAT | O_EXCL, 0600)) == -EEXIST);
}

TEST_CASE("what a file cannot do is an error with the kernel's number") {
    backend_rig rig;
    scratch_folder folder;
    std::array<char, 8> buffer{};
    CHECK(rig.run(into(opcode::read, folder.fd(), buffer.data(), buffer.size(), 0)) == -EISDIR);
    const unique_fd read_only(::open("/proc/self/exe", O_RDONLY | O_CLOEXEC));
    CHECK(rig.run(from(opcode::write, read_only.get(), "x", 1, 0)) == -EBADF);
    const unique_fd full(::open("/dev/full", O_WRONLY | O_CLOEXEC));
    CHECK(rig.run(from(opcode::write, full.get(), "x", 1, 0)) == -ENOSPC);
    // A file that says it is empty and is not.
    const unique_fd made_up(::open("/proc/self/stat", O_RDONLY | O_CLOEXEC));
    CHECK(rig.run(into(opcode::read, made_up.get(), buffer.data(), buffer.size(), 0)) == 8);
}

TEST_CASE("a thousand file operations at once") {
    const no_fd_leak leaks;
    scratch_folder folder;
    const unique_fd file = folder.create("file");
    backend_rig rig;
    std::vector<std::array<char, 16>> buffers(1000);
    std::vector<std::unique_ptr<recorded>> ops;
    for (std::size_t i = 0; i < buffers.size(); ++i) {
        buffers[i].fill(static_cast<char>('a' + i % 26));
        ops.push_back(from(opcode::write, file.get(), buffers[i].data(), 16, 16 * i));
        rig.submit(ops.back());
    }
    CHECK(rig.io->in_flight() == 1000);
    for (const auto& op : ops) REQUIRE(rig.finish(*op) == 16);
    CHECK(rig.io->in_flight() == 0);
    ops.clear();
    std::vector<std::array<char, 16>> got(buffers.size());
    for (std::size_t i = 0; i < got.size(); ++i) {
        ops.push_back(into(opcode::read, file.get(), got[i].data(), 16, 16 * i));
        rig.submit(ops.back());
    }
    for (const auto& op : ops) REQUIRE(rig.finish(*op) == 16);
    CHECK(got == buffers);
}
