#pragma once
#include <gyre/runtime/coroutine/handle.hpp>

#include <cstddef>

namespace gyre::detail {

// A function that any thread has posted. The loop's thread frees it soon after another has made it, for which the free lists of frames are
// slow: a block comes back to them alone, and its next user fetches it from the other core's cache before it knows the one after it. So
// each thread cuts parcels into blocks, one after the other, and a parcel is used again as a whole when the last of them has been freed.
class posted_callback final : public callback {
public:
    using callback::callback;

    // Thread: any. Throws: std::bad_alloc.
    static void* operator new(std::size_t size);
    static void operator delete(void* block) noexcept;
};

}  // namespace gyre::detail
