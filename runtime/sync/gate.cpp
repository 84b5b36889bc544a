#include <gyre/runtime/sync/gate.hpp>

namespace gyre::detail {

void gate::open_for_waiters(const char* what) {
    home_.require_own_thread(what);
    waiters_.grant_all();
}

}  // namespace gyre::detail
