#include <gyre/runtime/coroutine/errors.hpp>
#include <gyre/runtime/sync/as_written.hpp>
#include <gyre/runtime/sync/latch.hpp>

#include <string>

namespace gyre {

latch::latch(std::size_t count) : count_(count), gate_(count == 0) {
    if (count > static_cast<std::size_t>(-1) / 2)
        throw invalid_state_error("gyre: a latch with a negative count (" + detail::as_written(count) +
                                  ") would never open; give 0 or more");
}

void latch::count_down(std::size_t n) {
    if (n > count_)
        throw invalid_state_error("gyre: latch.count_down(" + std::to_string(n) + "), but only " + std::to_string(count_) +
                                  " are left to count; make the latch with the number of all who count down");
    if (n == count_) gate_.open("latch.count_down()");
    count_ -= n;
}

}  // namespace gyre
