#include <gyre/http/server/detail/descriptor_budget.hpp>

#include <dirent.h>
#include <sys/resource.h>

#include <algorithm>

namespace gyre::http::detail {
namespace {

// Kept back: an eighth of the limit, between these.
constexpr std::size_t least_kept = 16;
constexpr std::size_t most_kept = 1024;
// Where /proc does not tell.
constexpr std::size_t usual_files = 16;

}  // namespace

void descriptor_budget::measure() noexcept {
    open_before_ = usual_files;
    DIR* const open = ::opendir("/proc/self/fd");
    if (open == nullptr) return;
    std::size_t entries = 0;
    while (::readdir(open) != nullptr) ++entries;
    ::closedir(open);
    open_before_ = entries - std::min<std::size_t>(entries, 3);  // ".", ".." and the one that it was read through
}

std::size_t descriptor_budget::connections() const noexcept {
    rlimit limit{};
    if (::getrlimit(RLIMIT_NOFILE, &limit) != 0 || limit.rlim_cur == RLIM_INFINITY) return static_cast<std::size_t>(-1);
    const auto all = static_cast<std::size_t>(limit.rlim_cur);
    const std::size_t others = open_before_ + std::clamp(all / 8, least_kept, most_kept);
    return all > others ? all - others : 1;
}

}  // namespace gyre::http::detail
