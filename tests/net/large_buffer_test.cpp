// Buffers as large as the address space allows: an operation moves what it can, and never less than there is because of a size.
#include <sys/mman.h>

#include <string_view>

#include "pair.hpp"
#include "support/test.hpp"

using namespace gyre;

namespace {

// 4 GiB of zeros: a size that 32 bits cannot hold, and that they would make 0 of.
class huge_buffer {
public:
    huge_buffer() : data_(::mmap(nullptr, size, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0)) {
        REQUIRE(data_ != MAP_FAILED);
    }
    huge_buffer(const huge_buffer&) = delete;
    ~huge_buffer() { ::munmap(data_, size); }
    char* data() const noexcept { return static_cast<char*>(data_); }

    static constexpr std::size_t size = std::size_t{1} << 32;

private:
    void* data_;
};

}  // namespace

GYRE_TEST("reading into 4 GiB gives what has come", "[net]") {
    const huge_buffer buffer;
    auto [a, b] = net::connected_pair();
    co_await a.write_all(net::const_buffer("hello", 5));
    const std::size_t got = co_await b.read_some(net::mutable_buffer(buffer.data(), huge_buffer::size));
    CHECK(std::string_view(buffer.data(), got) == "hello");
}

GYRE_TEST("writing 4 GiB writes until it is stopped", "[net]") {
    const huge_buffer buffer;
    auto [a, b] = net::connected_pair();
    const auto write = [&]() -> task<> { co_await a.write_all(net::const_buffer(buffer.data(), huge_buffer::size)); };
    auto f = spawn(write());
    const huge_buffer received;
    const std::size_t got = co_await b.read_some(net::mutable_buffer(received.data(), huge_buffer::size));
    CHECK(got > 0);
    f.cancel();
    const auto end = co_await as_outcome(f);
    CHECK(end.cancelled());
}
