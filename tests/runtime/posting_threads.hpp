// Threads that post calls to a loop all at once, and count what becomes of them.
#pragma once
#include <cstddef>
#include <thread>
#include <vector>

#include "support/test.hpp"

namespace gyre::test {

class posting_threads {
public:
    posting_threads(event_loop& loop, int threads, int posts) : next_(static_cast<std::size_t>(threads), 0), posts_(posts) {
        for (std::size_t t = 0; t < next_.size(); ++t)
            threads_.emplace_back([this, &loop, t] {
                for (int i = 0; i < posts_; ++i) loop.call_soon_threadsafe([this, t, i] { count(t, i); });
            });
    }
    posting_threads(const posting_threads&) = delete;
    ~posting_threads() {
        for (std::thread& t : threads_) t.join();
    }

    // --- in the loop's thread
    bool all_came() const { return came_ == static_cast<int>(next_.size()) * posts_; }
    // Calls that did not come behind the one that their thread posted before.
    int out_of_order() const { return out_of_order_; }

private:
    void count(std::size_t thread, int i) {
        if (next_[thread]++ != i) ++out_of_order_;
        ++came_;
    }

    std::vector<int> next_;
    int posts_;
    int came_ = 0;
    int out_of_order_ = 0;
    std::vector<std::thread> threads_;
};

}  // namespace gyre::test
