// ctest: threads backend=none
// Memory for frames: blocks of every size, freed by any thread, in any order.
#include <gyre/runtime/coroutine/frame_allocator.hpp>

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <random>
#include <thread>
#include <utility>
#include <vector>

#include "support/test.hpp"

namespace {

using gyre::detail::allocate_frame;
using gyre::detail::frame_bytes_in_use;
using gyre::detail::free_frame;

// A block filled with a pattern of its own, so that two that overlap are found out.
class filled_block {
public:
    filled_block(std::size_t size, unsigned char pattern)
        : memory_(static_cast<unsigned char*>(allocate_frame(size))), size_(size), pattern_(pattern) {
        std::memset(memory_, pattern, size);
    }
    filled_block(filled_block&& other) noexcept
        : memory_(std::exchange(other.memory_, nullptr)), size_(other.size_), pattern_(other.pattern_) {}
    filled_block& operator=(filled_block&& other) noexcept {
        std::swap(memory_, other.memory_);
        std::swap(size_, other.size_);
        std::swap(pattern_, other.pattern_);
        return *this;
    }
    ~filled_block() {
        if (memory_ != nullptr) free_frame(memory_, size_);
    }
    bool aligned() const { return reinterpret_cast<std::uintptr_t>(memory_) % 16 == 0; }
    bool intact() const {
        return std::all_of(memory_, memory_ + size_, [this](unsigned char byte) { return byte == pattern_; });
    }

private:
    unsigned char* memory_;
    std::size_t size_;
    unsigned char pattern_;
};

bool all_intact(const std::vector<filled_block>& blocks) {
    return std::all_of(blocks.begin(), blocks.end(), [](const filled_block& b) { return b.intact() && b.aligned(); });
}

std::vector<filled_block> random_blocks(unsigned seed, std::size_t count) {
    std::mt19937 random(seed);
    std::vector<filled_block> blocks;
    for (std::size_t i = 0; i < count; ++i) blocks.emplace_back(1 + random() % 1200, static_cast<unsigned char>(random()));
    return blocks;
}

}  // namespace

TEST_CASE("frame blocks of every size are aligned and apart from one another") {
    const auto before = frame_bytes_in_use();
    {
        std::vector<filled_block> blocks;
        for (std::size_t size = 1; size <= 1200; ++size) blocks.emplace_back(size, static_cast<unsigned char>(size));
        CHECK(frame_bytes_in_use() - before == 1200 * 1201 / 2);
        CHECK(all_intact(blocks));
    }
    CHECK(frame_bytes_in_use() == before);
}

TEST_CASE("frame blocks stay apart while others are freed and used again") {
    std::mt19937 random(7);
    std::vector<filled_block> blocks = random_blocks(1, 5000);
    bool intact = true;
    for (unsigned round = 0; round < 20; ++round) {
        std::shuffle(blocks.begin(), blocks.end(), random);
        blocks.erase(blocks.begin() + 1000 + random() % 3000, blocks.end());
        for (filled_block& b : random_blocks(round + 2, 2000)) blocks.push_back(std::move(b));
        intact = intact && all_intact(blocks);
    }
    CHECK(intact);
}

TEST_CASE("frame blocks outlive the thread that allocated them, and a later thread takes over its memory") {
    bool intact = true;
    std::vector<filled_block> left;
    for (unsigned round = 0; round < 10; ++round) {
        std::vector<filled_block> made;
        std::thread([&] { made = random_blocks(round, 2000); }).join();
        intact = intact && all_intact(made) && all_intact(left);
        left = std::move(made);
    }
    CHECK(intact);
}

TEST_CASE("threads may hand frame blocks to one another at any time") {
    std::vector<std::vector<filled_block>> handed(4);
    for (unsigned round = 0; round < 10; ++round) {
        std::vector<std::thread> threads;
        std::vector<std::vector<filled_block>> received(4);
        std::rotate(handed.begin(), handed.begin() + 1, handed.end());
        for (unsigned t = 0; t < 4; ++t)
            threads.emplace_back([&, t] {
                std::vector<filled_block> mine = random_blocks(100 * round + t, 1000);
                handed[t].clear();
                for (filled_block& b : random_blocks(100 * round + 50 + t, 1000)) mine.push_back(std::move(b));
                received[t] = std::move(mine);
            });
        for (std::thread& t : threads) t.join();
        for (unsigned t = 0; t < 4; ++t) handed[t] = std::move(received[t]);
        CHECK(std::all_of(handed.begin(), handed.end(), all_intact));
    }
}
