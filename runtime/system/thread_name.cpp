#include <gyre/runtime/system/thread_name.hpp>

#include <pthread.h>

#include <cstdio>

namespace gyre::detail {

void name_this_thread(const std::string& what, std::size_t number) noexcept {
    char name[16];
    std::snprintf(name, sizeof name, "%s-%zu", what.c_str(), number);
    ::pthread_setname_np(::pthread_self(), name);
}

}  // namespace gyre::detail
