#pragma once

#include <cstddef>
#include <memory>
#include <utility>
#include <vector>

namespace gyre::http::detail {

// Memory for pieces of files on their way to clients. Fresh memory costs page faults, as much as the copying itself, so a few
// pieces are kept for the next who needs one.
class piece_pool {
public:
    // Fits into a core's own cache, so that what was read is written from there.
    static constexpr std::size_t piece_size = std::size_t{128} << 10;

    class lease {
    public:
        explicit lease(piece_pool& from) : pool_(from), memory_(from.take()) {}
        lease(const lease&) = delete;
        lease& operator=(const lease&) = delete;
        ~lease() { pool_.give_back(std::move(memory_)); }
        char* data() const noexcept { return memory_.get(); }

    private:
        piece_pool& pool_;
        std::unique_ptr<char[]> memory_;
    };

private:
    static constexpr std::size_t most_kept = 8;

    std::unique_ptr<char[]> take() {
        if (kept_.empty()) {
            kept_.reserve(most_kept);
            return std::unique_ptr<char[]>(new char[piece_size]);
        }
        std::unique_ptr<char[]> memory = std::move(kept_.back());
        kept_.pop_back();
        return memory;
    }
    void give_back(std::unique_ptr<char[]> memory) noexcept {
        if (kept_.size() < most_kept) kept_.push_back(std::move(memory));
    }

    std::vector<std::unique_ptr<char[]>> kept_;
};

}  // namespace gyre::http::detail
