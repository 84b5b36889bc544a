#pragma once
#include <gyre/runtime/sync/basic_queue.hpp>

namespace gyre {

// First in, first out. See detail::basic_queue for what it can do.
// Thread: the loop's.
template <class T>
class queue : public detail::basic_queue<T> {
public:
    using detail::basic_queue<T>::basic_queue;
};

}  // namespace gyre
