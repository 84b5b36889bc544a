#pragma once
#include <gyre/runtime/sync/semaphore.hpp>

#include <cstddef>

namespace gyre {

// A semaphore that never has more permits than it began with: release() beyond that is an error, which finds bugs early.
// Thread: the loop's.
class bounded_semaphore : public semaphore {
public:
    // Throws: invalid_state_error for a negative number.
    explicit bounded_semaphore(std::size_t permits = 1) : semaphore(permits, permits) {}

    // Returns permits that were forgotten, see permit::forget().
    // Throws: invalid_state_error above the initial number, for a negative one, or in another loop's thread while tasks wait.
    void release(std::size_t n = 1) { semaphore::release(n); }
};

}  // namespace gyre
