// What the tests of threads share: calls in a pool that end when they are told to.
#pragma once
#include <atomic>
#include <semaphore>

#include "support/test.hpp"

namespace gyre::test {

// Holds up the threads that come to it until it is opened.
class gate {
public:
    void pass() {
        ++arrived_;
        arrived_.notify_all();
        open_.acquire();
        open_.release();
    }
    void open() { open_.release(); }
    int arrived() const { return arrived_; }
    // A task's wait until n threads stand here.
    task<> until_arrived(int n) const {
        while (arrived_ < n) co_await sleep(std::chrono::microseconds(50));
    }

private:
    std::atomic<int> arrived_ = 0;
    std::counting_semaphore<> open_{0};
};

}  // namespace gyre::test
